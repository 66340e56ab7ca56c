/** Number of ones of each byte. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
});

/** Bits in which two codes of the same length differ. For single pairs; `CodeScanner` compares one with millions. */
export function hammingDistance(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let i = 0; i < a.length; i += 1) distance += ONES[(a[i] as number) ^ (b[i] as number)] as number;
  return distance;
}
