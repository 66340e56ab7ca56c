import { open, type FileHandle } from 'node:fs/promises';
import type { BlockData, BlockType } from '../raster/pixel-block.ts';

/** What an array's values may be: pixels, and numbers of things. */
export type NpyType = BlockType | 'int32';

const DESCRIPTION: Record<NpyType, string> = {
  uint8: '|u1',
  uint16: '<u2',
  int16: '<i2',
  int32: '<i4',
  float32: '<f4',
};
const BYTES: Record<NpyType, number> = { uint8: 1, uint16: 2, int16: 2, int32: 4, float32: 4 };
/** np.load maps the data only from a multiple of this. */
const ALIGNMENT = 64;

/** Bytes of one value. */
export const bytesOf = (type: NpyType): number => BYTES[type];

/** The head of a NumPy file, format 1.0, C order, padded (to `least` bytes or more) so that the data can be memory-mapped. */
export function npyHeader(type: NpyType, shape: readonly number[], least = 0): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${DESCRIPTION[type]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const fixed = 10;
  const needed = Math.max(least, fixed + dictionary.length + 1);
  const length = Math.ceil(needed / ALIGNMENT) * ALIGNMENT - fixed;
  const head = Buffer.alloc(fixed + length, 0x20);
  head.write('\x93NUMPY\x01\x00', 0, 'latin1');
  head.writeUInt16LE(length, 8);
  head.write(dictionary, fixed, 'latin1');
  head[head.length - 1] = 0x0a;
  return head;
}

/** A NumPy array on disk, written in any order; little-endian machines only, as Node runs on. */
export class NpyWriter {
  readonly #file: FileHandle;
  readonly #start: number;
  readonly #type: NpyType;
  readonly #shape: readonly number[];

  private constructor(file: FileHandle, start: number, array: { type: NpyType; shape: readonly number[] }) {
    this.#file = file;
    this.#start = start;
    this.#type = array.type;
    this.#shape = array.shape;
  }

  static async create(path: string, type: NpyType, shape: readonly number[]): Promise<NpyWriter> {
    const file = await open(path, 'wx');
    const head = npyHeader(type, shape);
    await file.write(head);
    await file.truncate(head.length + shape.reduce((product, n) => product * n, 1) * BYTES[type]);
    return new NpyWriter(file, head.length, { type, shape });
  }

  /** Writes values from an index of the flattened array on. */
  async write(index: number, values: BlockData | Int32Array): Promise<void> {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#file.write(
        bytes,
        done,
        bytes.length - done,
        this.#start + index * BYTES[this.#type] + done,
      );
      done += bytesWritten;
    }
  }

  /** Keeps the first `count` along the first axis only. */
  async shorten(count: number): Promise<void> {
    const [, ...rest] = this.#shape;
    const head = npyHeader(this.#type, [count, ...rest], this.#start);
    await this.#file.write(head, 0, head.length, 0);
    await this.#file.truncate(
      this.#start + rest.reduce((product, n) => product * n, count) * BYTES[this.#type],
    );
  }

  async close(): Promise<void> {
    try {
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }
}
