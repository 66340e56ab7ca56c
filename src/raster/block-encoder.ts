import { constants, crc32, deflate } from 'node:zlib';

/** Pixels of one square block: all alike (the value), or side * side bytes, row by row. */
export type Block = number | Uint8Array;

/** How blocks of a layer are compressed; all blocks of one TIFF share the predictor. */
export interface BlockEncoding {
  /** TIFF tag 317: 1 stores pixels as they are, 2 the difference to the pixel on the left. */
  readonly predictor: 1 | 2;
  /** zlib's 1 (fast) to 9 (small). */
  readonly level: number;
  /** zlib's search for repeats: all of them, runs only, or none. */
  readonly strategy: 'default' | 'runs' | 'huffman';
}

export interface EncodedBlock {
  readonly bytes: Uint8Array;
  readonly crc: number;
}

const STRATEGIES = {
  default: constants.Z_DEFAULT_STRATEGY,
  runs: constants.Z_RLE,
  huffman: constants.Z_HUFFMAN_ONLY,
} as const;

/** The value all pixels share, or null. Compares the block with itself moved by one pixel: memcmp, at memory speed. */
export function constantOf(pixels: Uint8Array): number | null {
  const first = pixels[0];
  if (first === undefined) return null;
  if (pixels[pixels.length >> 1] !== first || pixels[pixels.length - 1] !== first) return null;
  const end = pixels.length;
  return Buffer.compare(pixels.subarray(0, end - 1), pixels.subarray(1)) === 0 ? first : null;
}

/** Compresses blocks of one layer for TIFF (zlib streams, compression 8) in Node's thread pool. Deterministic. */
export class BlockEncoder {
  readonly #side: number;
  readonly #encoding: BlockEncoding;
  /** Each distinct constant is compressed once. */
  readonly #constants = new Map<number, Promise<EncodedBlock>>();

  constructor(side: number, encoding: BlockEncoding) {
    this.#side = side;
    this.#encoding = encoding;
  }

  encode(block: Block): Promise<EncodedBlock> {
    if (typeof block !== 'number') return this.#compress(block);
    const known = this.#constants.get(block);
    if (known !== undefined) return known;
    const encoded = this.#compress(new Uint8Array(this.#side * this.#side).fill(block));
    this.#constants.set(block, encoded);
    return encoded;
  }

  #compress(pixels: Uint8Array): Promise<EncodedBlock> {
    const { predictor, level, strategy } = this.#encoding;
    const input = predictor === 2 ? differences(pixels, this.#side) : pixels;
    return new Promise((resolve, reject) => {
      deflate(input, { level, strategy: STRATEGIES[strategy] }, (error, bytes) => {
        if (error) reject(error);
        else resolve({ bytes, crc: crc32(bytes) });
      });
    });
  }
}

/** TIFF's horizontal predictor: each pixel minus the one on its left, modulo 256; the first of a row as it is. */
function differences(pixels: Uint8Array, side: number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  for (let row = 0; row < pixels.length; row += side) {
    let left = 0;
    for (let at = row; at < row + side; at++) {
      const value = pixels[at] as number;
      out[at] = value - left;
      left = value;
    }
  }
  return out;
}
