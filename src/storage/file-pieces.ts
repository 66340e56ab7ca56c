import { open } from 'node:fs/promises';
import type { Piece } from './store.ts';

const PIECE_BYTES = 8 * 2 ** 20;

/** A local file of a known size, to be sent piece by piece. */
export function* piecesOfFile(path: string, size: number): Generator<Piece> {
  for (let offset = 0; offset < size; offset += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, size - offset);
    yield { length, read: () => readPiece(path, { offset, length }), source: null };
  }
}

async function readPiece(path: string, { offset, length }: { offset: number; length: number }) {
  const file = await open(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead !== length) throw new Error(`${path} changed while it was sent`);
    return bytes;
  } finally {
    await file.close();
  }
}
