import { randomInt, seededRandom } from '../core/random.ts';

/**
 * Draws `size` chips, seeded, so that every stratum (a scene, say) keeps its share: shares rounded by largest remainder
 * (ties: the lower stratum), at least one chip a stratum as long as there are enough. Ascending; all chips where there are
 * no more than `size`.
 */
export function stratifiedSample(strata: Int32Array, size: number, seed: number): Int32Array {
  const count = strata.length;
  if (count <= size) return Int32Array.from({ length: count }, (_, i) => i);
  const members = new Map<number, number[]>();
  strata.forEach((stratum, chip) => {
    const list = members.get(stratum);
    if (list === undefined) members.set(stratum, [chip]);
    else list.push(chip);
  });
  const ordered = [...members].sort(([a], [b]) => a - b).map(([, chips]) => chips);
  const quotas = allot(
    ordered.map((chips) => chips.length),
    size,
  );
  const random = seededRandom(seed);
  const drawn = ordered.flatMap((chips, i) => drawFrom(chips, quotas[i] ?? 0, random));
  return Int32Array.from(drawn).sort();
}

function allot(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, n) => sum + n, 0);
  const least = sizes.length <= total ? 1 : 0;
  const exact = sizes.map((n) => (n * total) / all);
  const quotas = exact.map((share) => Math.max(least, Math.floor(share)));
  const byRemainder = exact
    .map((share, i) => ({ i, rest: share - (quotas[i] ?? 0) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  let missing = total - quotas.reduce((sum, n) => sum + n, 0);
  for (const { i } of byRemainder) {
    if (missing <= 0) break;
    quotas[i] = (quotas[i] ?? 0) + 1;
    missing -= 1;
  }
  // The ones that were lifted to one chip are paid for by the largest.
  for (; missing < 0; missing += 1) {
    const largest = quotas.indexOf(Math.max(...quotas));
    quotas[largest] = (quotas[largest] ?? 0) - 1;
  }
  return quotas;
}

/** The first `wanted` of a Fisher-Yates shuffle. */
function drawFrom(chips: number[], wanted: number, random: () => number): number[] {
  const pool = [...chips];
  for (let i = 0; i < wanted; i += 1) {
    const j = i + randomInt(random, pool.length - i);
    [pool[i], pool[j]] = [pool[j] as number, pool[i] as number];
  }
  return pool.slice(0, wanted);
}
