import { constants, crc32, deflate } from 'node:zlib';

/** Pixels of one square block: all alike (the value), or side * side bytes, row by row. */
export type Block = number | Uint8Array;

export interface EncodedBlock {
  readonly bytes: Uint8Array;
  readonly crc: number;
}

/**
 * Repeats are looked for at distance one only, and pixels stored as they are, without predictor. Measured on one core:
 * class maps 1,200 Mpx/s at 2.1 % of their size (zlib's level 1: 800 and 4.2 %, level 6: 120 and 2.2 %); confidence
 * 190 Mpx/s at 36 % (level 1: 115, 36 %; level 6: 29, 31 %; runs after the predictor: 87, 33 %); noise 200 against 59.
 */
const DEFLATE = { strategy: constants.Z_RLE } as const;

/** Output comes in one piece where it can: each further piece is a turn of the event loop. */
const PIECE_BYTES = 256 * 1024;

/** The value all pixels share, or null. Compares the block with itself moved by one pixel: memcmp, at memory speed. */
export function constantOf(pixels: Uint8Array): number | null {
  const end = pixels.length;
  const first = pixels[0];
  if (first === undefined || pixels[end >> 1] !== first || pixels[end - 1] !== first) return null;
  return Buffer.compare(pixels.subarray(0, end - 1), pixels.subarray(1)) === 0 ? first : null;
}

/** Blocks of one value, by side and value: each is compressed once. */
const uniform = new Map<string, Promise<EncodedBlock>>();

/** Compresses square blocks for TIFF (zlib streams, compression 8) in Node's thread pool. Deterministic. */
export class BlockEncoder {
  readonly #side: number;

  constructor(side: number) {
    this.#side = side;
  }

  encode(block: Block): Promise<EncodedBlock> {
    if (typeof block !== 'number') return compress(block);
    const key = `${this.#side} ${block}`;
    const known = uniform.get(key);
    if (known !== undefined) return known;
    const encoded = compress(new Uint8Array(this.#side * this.#side).fill(block));
    uniform.set(key, encoded);
    return encoded;
  }
}

function compress(pixels: Uint8Array): Promise<EncodedBlock> {
  return new Promise((resolve, reject) => {
    const chunkSize = Math.max(4096, Math.min(PIECE_BYTES, pixels.length));
    deflate(pixels, { ...DEFLATE, chunkSize }, (error, piece) => {
      if (error) reject(error);
      else {
        // A copy, as a few bytes would hold on to the memory of the whole piece.
        const bytes = Uint8Array.from(piece);
        resolve({ bytes, crc: crc32(bytes) });
      }
    });
  });
}
