/** The same groups, numbered by size, the largest first; of equal ones that with the lowest chip. */
export function numberBySize(groups: Int32Array): Int32Array {
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
