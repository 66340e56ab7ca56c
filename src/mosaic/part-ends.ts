import { crc32 } from 'node:zlib';
import { PART_END, PART_HEAD_BYTES, PART_MAGIC, PART_TAIL_BYTES, PART_VERSION } from './part-format.ts';

/** The first bytes of a part file. */
export function partHead(): Uint8Array {
  const head = Buffer.alloc(PART_HEAD_BYTES);
  head.write(PART_MAGIC, 'latin1');
  head.writeUInt32LE(PART_VERSION, 8);
  return head;
}

/** The last bytes of a part file. */
export function partTail(indexOffset: number, index: Uint8Array): Uint8Array {
  const tail = Buffer.alloc(PART_TAIL_BYTES);
  tail.writeBigUInt64LE(BigInt(indexOffset), 0);
  tail.writeUInt32LE(index.length, 8);
  tail.writeUInt32LE(crc32(index), 12);
  tail.write(PART_END, 16, 'latin1');
  return tail;
}

/** What the head says: the version, or null where it is no part file. */
export function readPartHead(head: Buffer): number | null {
  if (head.length < PART_HEAD_BYTES || head.toString('latin1', 0, 8) !== PART_MAGIC) return null;
  return head.readUInt32LE(8);
}

/** Where the index lies and what its CRC-32 is, or null where the end is missing. */
export function readPartTail(tail: Buffer): { offset: number; length: number; crc: number } | null {
  if (tail.length < PART_TAIL_BYTES || tail.toString('latin1', 16) !== PART_END) return null;
  return {
    offset: Number(tail.readBigUInt64LE(0)),
    length: tail.readUInt32LE(8),
    crc: tail.readUInt32LE(12),
  };
}
