/**
 * How chips look, as the last numbers of their embeddings say: for encoders made by the trainer these are features
 * whitened by how the chips of one scene differ, so that what hardly varies within a scene counts most. (count, dims).
 */
export interface Looks {
  readonly count: number;
  readonly dims: number;
  readonly data: Float32Array;
}

/** Looks from the bytes of `looks.bin`. */
export function readLooks(bytes: Uint8Array, dims: number): Looks {
  const data = new Float32Array(Uint8Array.from(bytes).buffer);
  return { count: data.length / dims, dims, data };
}

/** The last `dims` numbers of every embedding. */
export function looksOf(embeddings: Looks, dims: number): Looks {
  const { count, data } = embeddings;
  const looks = new Float32Array(count * dims);
  for (let row = 0; row < count; row += 1) {
    const end = (row + 1) * embeddings.dims;
    looks.set(data.subarray(end - dims, end), row * dims);
  }
  return { count, dims, data: looks };
}

/**
 * How new each chip is: its distance to the nearest of the known ones. Exact, in chips x known x dims multiplications:
 * a tenth of a millisecond a chip for 2,000 known ones of 41 numbers. `except` names the known one that is the chip
 * itself (-1: none), which does not count. Infinity where nothing is known.
 */
export function noveltyOf(
  chips: Looks,
  known: Looks,
  except: (chip: number) => number = () => -1,
): Float32Array {
  const { dims } = chips;
  const novelty = new Float32Array(chips.count);
  for (let chip = 0; chip < chips.count; chip += 1) {
    const [from, own] = [chip * dims, except(chip)];
    let least = Number.POSITIVE_INFINITY;
    for (let other = 0; other < known.count; other += 1) {
      if (other === own) continue;
      let sum = 0;
      // Most others are farther than the nearest so far after a few numbers.
      for (let k = 0; k < dims && sum < least; k += 1) {
        const difference = (chips.data[from + k] as number) - (known.data[other * dims + k] as number);
        sum += difference * difference;
      }
      if (sum < least) least = sum;
    }
    novelty[chip] = Math.sqrt(least);
  }
  return novelty;
}

/** The value that `share` of the values are not above. Throws RangeError of no values. */
export function quantileOf(values: Float32Array, share: number): number {
  const sorted = Float32Array.from(values).sort();
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new RangeError('a quantile of no values');
  return value;
}
