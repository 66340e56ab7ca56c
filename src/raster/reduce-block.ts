/**
 * Overviews, one block at a time: a block of `side` x `side` uint8 pixels gives a half of (side / 2)^2, each pixel of it
 * from 2x2. Blocks at the grid's edge are padded with no-data, which never counts where there is data; so the odd last
 * column and row need no care, and a pixel of level n depends on the grid alone, never on how it was cut into regions.
 */
export type ReductionKind = 'class' | 'mean';

/** Reduces a block to its half; `side` is a multiple of 4 and `block` starts on a 4-byte boundary of its buffer. */
export function reduceBlock(
  block: Uint8Array,
  side: number,
  kind: ReductionKind,
  noData: number,
): Uint8Array {
  const half = side / 2;
  const out = new Uint16Array((half * half) / 2);
  // Signed, since V8 keeps those as machine words.
  const words = new Int32Array(block.buffer, block.byteOffset, block.length / 4);
  const pair = kind === 'class' ? modePair : meanPair;
  const wordsPerRow = side / 4;
  for (let row = 0, at = 0; row < half; row++) {
    const top = row * 2 * wordsPerRow;
    for (let word = top; word < top + wordsPerRow; word++, at++) {
      const upper = words[word] ?? 0;
      const lower = words[word + wordsPerRow] ?? 0;
      // Two output pixels from 4x2 equal ones: most of any class map.
      const equal = upper === lower && upper === Math.imul(upper & 0xff, 0x01010101);
      out[at] = equal ? upper : pair(upper, lower, noData);
    }
  }
  return new Uint8Array(out.buffer);
}

/** Two modes from two words of four pixels each. Low bytes lie left: Node runs on little-endian machines only. */
function modePair(upper: number, lower: number, noData: number): number {
  const left = modeOf(upper & 0xff, (upper >>> 8) & 0xff, lower & 0xffff, noData);
  return left | (modeOf((upper >>> 16) & 0xff, upper >>> 24, lower >>> 16, noData) << 8);
}

/** Two means from two words of four pixels each; both at once, in 16 bits each, where no byte is no-data. */
function meanPair(upper: number, lower: number, noData: number): number {
  const pattern = Math.imul(noData, 0x01010101);
  if (
    noData === 0 || noData === 255 ? !(hasZeroByte(upper ^ pattern) || hasZeroByte(lower ^ pattern)) : false
  ) {
    const sums =
      (upper & 0x00ff00ff) +
      ((upper >>> 8) & 0x00ff00ff) +
      (lower & 0x00ff00ff) +
      ((lower >>> 8) & 0x00ff00ff);
    const means = (sums + 0x00020002) >>> 2;
    return (means & 0xff) | ((means >>> 8) & 0xff00);
  }
  const left = meanOf(upper & 0xff, (upper >>> 8) & 0xff, lower & 0xffff, noData);
  return left | (meanOf((upper >>> 16) & 0xff, upper >>> 24, lower >>> 16, noData) << 8);
}

const hasZeroByte = (word: number): boolean => ((word - 0x01010101) & ~word & 0x80808080) !== 0;

/**
 * The most frequent value that is not no-data; of equally frequent ones the lowest (background before classes). `pair`
 * holds the two lower pixels, one a byte.
 */
function modeOf(a: number, b: number, pair: number, noData: number): number {
  const c = pair & 0xff;
  const d = pair >>> 8;
  if (a === b && c === d && a === c) return a;
  let best = noData;
  let bestCount = 0;
  if (a !== noData) {
    best = a;
    bestCount = 1 + Number(b === a) + Number(c === a) + Number(d === a);
  }
  if (b !== noData) {
    const count = 1 + Number(a === b) + Number(c === b) + Number(d === b);
    if (count > bestCount || (count === bestCount && b < best)) [best, bestCount] = [b, count];
  }
  if (c !== noData) {
    const count = 1 + Number(a === c) + Number(b === c) + Number(d === c);
    if (count > bestCount || (count === bestCount && c < best)) [best, bestCount] = [c, count];
  }
  if (d !== noData) {
    const count = 1 + Number(a === d) + Number(b === d) + Number(c === d);
    if (count > bestCount || (count === bestCount && d < best)) best = d;
  }
  return best;
}

/**
 * The mean of the values that are not no-data, rounded half up. Where it would round to the no-data value itself it
 * becomes the value below, so that data never turns into a hole. `pair` as in modeOf.
 */
function meanOf(a: number, b: number, pair: number, noData: number): number {
  const c = pair & 0xff;
  const d = pair >>> 8;
  let mean: number;
  if (a !== noData && b !== noData && c !== noData && d !== noData) {
    mean = (a + b + c + d + 2) >> 2;
  } else {
    const count = Number(a !== noData) + Number(b !== noData) + Number(c !== noData) + Number(d !== noData);
    if (count === 0) return noData;
    const sum = a + b + c + d - (4 - count) * noData;
    mean = Math.floor((2 * sum + count) / (2 * count));
  }
  return mean === noData ? mean - 1 : mean;
}
