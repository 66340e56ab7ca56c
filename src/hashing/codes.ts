import { contractError, usageError } from '../core/errors.ts';

/** Binary codes of chips, `bytes` a code, one after the other. Bit 0 is the most significant bit of byte 0. */
export interface Codes {
  readonly count: number;
  readonly bytes: number;
  readonly data: Uint8Array;
}

export const LEAST_BITS = 16;
export const MOST_BITS = 256;
/** An activation above this is a 1. */
const THRESHOLD = 0.5;

/** Throws usage error BAD_BITS unless codes may have this many bits. */
export function checkBits(bits: number): void {
  if (Number.isInteger(bits) && bits >= LEAST_BITS && bits <= MOST_BITS && bits % 8 === 0) return;
  throw usageError(
    'BAD_BITS',
    `A code of ${bits} bits: it takes ${LEAST_BITS} to ${MOST_BITS}, a multiple of 8.`,
    {
      hint: '32 bits do for up to some dozens of buckets.',
      context: { limit: `${LEAST_BITS}..${MOST_BITS}`, actual: bits },
    },
  );
}

/** Activations (count, bits) of a hash network, as codes: bit i is activation i > 0.5. NaN gives 0. */
export function packCodes(activations: Float32Array, bits: number): Codes {
  const bytes = bits / 8;
  const count = activations.length / bits;
  const data = new Uint8Array(count * bytes);
  for (let code = 0; code < count; code += 1) {
    for (let bit = 0; bit < bits; bit += 1) {
      if ((activations[code * bits + bit] as number) > THRESHOLD) {
        const at = code * bytes + (bit >> 3);
        data[at] = (data[at] as number) | (0x80 >> (bit & 7));
      }
    }
  }
  return { count, bytes, data };
}

/** Bit `bit` of a code, 0 or 1. */
export const bitOf = ({ bytes, data }: Codes, code: number, bit: number): number =>
  ((data[code * bytes + (bit >> 3)] as number) >> (7 - (bit & 7))) & 1;

/** One code of many. The bytes are shared. */
export const codeAt = ({ bytes, data }: Codes, code: number): Uint8Array =>
  data.subarray(code * bytes, (code + 1) * bytes);

/** Codes one after the other, of one length. Throws contract error CODE_LENGTH. */
export function joinCodes(parts: readonly Codes[], bytes: number): Codes {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const data = new Uint8Array(count * bytes);
  let at = 0;
  for (const part of parts) {
    if (part.bytes !== bytes) throw wrongLength(part.bytes, bytes);
    data.set(part.data, at);
    at += part.data.length;
  }
  return { count, bytes, data };
}

export const wrongLength = (actual: number, wanted: number) =>
  contractError(
    'CODE_LENGTH',
    `A code of ${actual * 8} bits meets a gallery whose codes have ${wanted * 8} bits.`,
    {
      hint: 'Codes of one partition version only can be compared; build the gallery again with --bits.',
      context: { limit: wanted * 8, actual: actual * 8 },
    },
  );

/** A code as hexadecimal digits: the name of the bucket whose centroid it is. */
export const codeText = (code: Uint8Array): string => Buffer.from(code).toString('hex');
export const codeOfText = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
