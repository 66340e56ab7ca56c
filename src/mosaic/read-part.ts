import { crc32 } from 'node:zlib';
import { contractError, resourceError, type ResflowError } from '../core/errors.ts';
import { readPartHead, readPartTail } from './part-ends.ts';
import {
  PART_HEAD_BYTES,
  PART_TAIL_BYTES,
  PART_VERSION,
  partIndexSchema,
  type BlockTable,
  type PartIndex,
} from './part-format.ts';
import type { Store, StoredObject } from '../storage/store.ts';

/** A part that cannot be used: what is wrong, in words that follow "Part file PATH". */
export const partDamaged = (path: string, problem: string, cause?: unknown): ResflowError =>
  resourceError('PART_DAMAGED', `Part file ${path} ${problem}.`, {
    hint: 'Run `resflow map resume RUN`: only the region of this part is computed again. Check the disk if it happens twice.',
    context: { file: path },
    cause,
  });

/** Read at once from a part's end: its index and, mostly, its shares of the overviews, which lie before it. */
const END_BYTES = 64 * 1024;

export interface PartEnd {
  readonly index: PartIndex;
  /** The last bytes of the part, from an offset on. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads and checks the index of an open part: head, end, CRC of the index, and that every block lies inside the file.
 * Blocks have a CRC each, checked when they are copied. Throws PART_DAMAGED, or PART_VERSION for a file of another version.
 */
export async function readPartEnd(file: StoredObject, path: string): Promise<PartEnd> {
  const { size } = file;
  const offset = Math.max(0, size - END_BYTES);
  const bytes = await readAt(file, offset, size - offset);
  checkHead(path, readPartHead(offset === 0 ? bytes : await readAt(file, 0, PART_HEAD_BYTES)));
  const tailAt = size - PART_TAIL_BYTES;
  const tail = tailAt < PART_HEAD_BYTES ? null : readPartTail(bytes.subarray(tailAt - offset));
  if (tail === null) throw partDamaged(path, `is cut off: its end is missing after ${size} bytes`);
  if (tail.offset + tail.length !== tailAt) {
    throw partDamaged(
      path,
      `has ${size} bytes where ${tail.offset + tail.length + PART_TAIL_BYTES} were written`,
    );
  }
  const index =
    tail.offset < offset
      ? await readAt(file, tail.offset, tail.length)
      : bytes.subarray(tail.offset - offset, tailAt - offset);
  if (crc32(index) !== tail.crc) throw partDamaged(path, 'has a damaged index (CRC-32 differs)');
  return { index: checkIndex(path, index, tail.offset), offset, bytes };
}

/** Opens a part for reading; PART_DAMAGED where it is not there. */
export async function openPart(store: Store, key: string): Promise<StoredObject> {
  const part = await store.open(key);
  if (part === null) throw partDamaged(store.addressOf(key), 'does not exist');
  return part;
}

async function readAt(file: StoredObject, offset: number, length: number): Promise<Buffer> {
  const bytes = await file.read(offset, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function checkHead(path: string, version: number | null): void {
  if (version === null) throw partDamaged(path, 'is not a part file: its first bytes are wrong');
  if (version === PART_VERSION) return;
  throw contractError(
    'PART_VERSION',
    `Part file ${path} has version ${version}; this program reads ${PART_VERSION}.`,
    {
      hint: 'Run the map again with `--fresh`, or with the version of RESFlow that wrote the part.',
      context: { file: path, actual: version, limit: PART_VERSION },
    },
  );
}

function checkIndex(path: string, bytes: Buffer, blocksEnd: number): PartIndex {
  let index: PartIndex;
  try {
    index = partIndexSchema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw partDamaged(path, 'has an index that cannot be read', error);
  }
  for (const { levels, share } of index.layers) {
    for (const table of share === null ? levels : [...levels, share]) {
      if (!tableFits(table, blocksEnd)) throw partDamaged(path, 'has an index that points outside the file');
    }
  }
  if (index.borders.some(({ stored }) => stored.offset + stored.length > blocksEnd))
    throw partDamaged(path, 'has an index that points outside the file');
  return index;
}

function tableFits({ entries, columns, rows }: BlockTable, blocksEnd: number): boolean {
  if (entries.length !== 3 * columns * rows) return false;
  for (let at = 0; at < entries.length; at += 3) {
    if ((entries[at] as number) + (entries[at + 1] as number) > blocksEnd) return false;
  }
  return true;
}
