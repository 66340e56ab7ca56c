import { numberBySize } from './number-by-size.ts';
import type { Dendrogram } from './ward-linkage.ts';

/**
 * The `clusters` clusters that are left when the lowest count - clusters merges are made. Numbered by size, the largest
 * first; of equal ones that with the lowest chip. Throws RangeError outside 1..count.
 */
export function cutDendrogram({ count, left, right }: Dendrogram, clusters: number): Int32Array {
  if (clusters < 1 || clusters > count) throw new RangeError(`${clusters} clusters of ${count} chips`);
  const merges = count - clusters;
  // The cluster each one ends in; merges point forward, so one pass from the last merge back resolves them all.
  const top = Int32Array.from({ length: count + merges }, (_, i) => i);
  for (let m = merges - 1; m >= 0; m -= 1) {
    const whole = top[count + m] as number;
    top[left[m] as number] = whole;
    top[right[m] as number] = whole;
  }
  return numberBySize(top.subarray(0, count));
}

/** How many chips differ from all chips before them: identical ones merge at height 0. */
export const distinctChips = ({ count, height }: Dendrogram): number =>
  count - height.reduce((zeros, value) => zeros + (value === 0 ? 1 : 0), 0);
