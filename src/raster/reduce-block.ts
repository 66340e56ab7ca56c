/**
 * Overviews, one block at a time: a block of `side` x `side` uint8 pixels gives a half of (side / 2)^2, each pixel of it
 * from 2x2. Blocks at the grid's edge are padded with no-data, which never counts where there is data; so the odd last
 * column and row need no care, and a pixel of level n depends on the grid alone, never on how it was cut into regions.
 */
export type ReductionKind = 'class' | 'mean';

/** The most frequent value that is not no-data; of equally frequent ones the lowest (background before classes). */
export function mode4(quad: readonly [number, number, number, number], noData: number): number {
  let best = noData;
  let bestCount = 0;
  for (const value of quad) {
    if (value === noData) continue;
    let count = 0;
    for (const other of quad) if (other === value) count++;
    if (count > bestCount || (count === bestCount && value < best)) {
      best = value;
      bestCount = count;
    }
  }
  return best;
}

/**
 * The mean of the values that are not no-data, rounded half up. Where it would round to the no-data value itself it
 * becomes the value below, so that data never turns into a hole.
 */
export function mean4(quad: readonly [number, number, number, number], noData: number): number {
  let sum = 0;
  let count = 0;
  for (const value of quad) {
    if (value === noData) continue;
    sum += value;
    count++;
  }
  if (count === 0) return noData;
  const mean = Math.floor((2 * sum + count) / (2 * count));
  return mean === noData ? mean - 1 : mean;
}

/** Reduces a block to its half; `side` is a multiple of 4 and `block` starts on a 4-byte boundary of its buffer. */
export function reduceBlock(
  block: Uint8Array,
  side: number,
  kind: ReductionKind,
  noData: number,
): Uint8Array {
  const half = side / 2;
  const out = new Uint8Array(half * half);
  const words = new Uint32Array(block.buffer, block.byteOffset, block.length / 4);
  const wordsPerRow = side / 4;
  const one = kind === 'class' ? classOf : meanOf;
  for (let row = 0; row < half; row++) {
    const top = row * 2 * wordsPerRow;
    const target = row * half;
    for (let word = 0; word < wordsPerRow; word++) {
      const upper = words[top + word] as number;
      const lower = words[top + wordsPerRow + word] as number;
      const to = target + word * 2;
      // Two output pixels from 4x2 equal ones: most of any class map.
      if (upper === lower && upper === Math.imul(upper & 0xff, 0x01010101) >>> 0) {
        out[to] = upper & 0xff;
        out[to + 1] = upper & 0xff;
      } else {
        // Low bytes lie left: ONNX Runtime and Node run on little-endian machines only.
        out[to] = one(upper & 0xff, (upper >>> 8) & 0xff, lower & 0xffff, noData);
        out[to + 1] = one((upper >>> 16) & 0xff, upper >>> 24, lower >>> 16, noData);
      }
    }
  }
  return out;
}

/** mode4 without arrays; `pair` holds the two lower pixels, one a byte. */
function classOf(a: number, b: number, pair: number, noData: number): number {
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

/** mean4 without arrays; `pair` holds the two lower pixels, one a byte. */
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
