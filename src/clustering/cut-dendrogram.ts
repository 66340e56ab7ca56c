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

function numberBySize(groups: Int32Array): Int32Array {
  const found = new Map<number, { size: number; first: number }>();
  groups.forEach((group, chip) => {
    const seen = found.get(group);
    if (seen === undefined) found.set(group, { size: 1, first: chip });
    else seen.size += 1;
  });
  const ranked = [...found].sort(([, a], [, b]) => b.size - a.size || a.first - b.first);
  const numbers = new Map(ranked.map(([group], number) => [group, number]));
  return groups.map((group) => numbers.get(group) ?? -1);
}

/** How many chips differ from all chips before them: identical ones merge at height 0. */
export const distinctChips = ({ count, height }: Dendrogram): number =>
  count - height.reduce((zeros, value) => zeros + (value === 0 ? 1 : 0), 0);
