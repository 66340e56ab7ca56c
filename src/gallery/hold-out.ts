import { randomInt, seededRandom } from '../core/random.ts';

export interface HeldOut {
  readonly by: 'place' | 'chip';
  readonly places: readonly string[];
  /** 1 where a chip is held out. */
  readonly validation: Uint8Array;
}

/** At least this share of the chips is held out where that goes by place, and about it where it goes by chip. */
const SHARE = 0.1;

/**
 * Chips to judge the codes by. Whole places (in a seeded order) as long as at least half of every cluster's chips stay
 * for training, so that nothing is asked of the network that it has never seen; where that leaves none (one place only,
 * or clusters that are places), a tenth of every cluster's chips, seeded, none of clusters of one chip.
 */
export function holdOut(places: readonly string[], clusters: Int32Array, seed: number): HeldOut {
  const random = seededRandom(seed);
  const names = shuffled([...new Set(places)].sort(), random);
  const sizes = countsOf(clusters);
  const held = new Set<string>();
  const heldOf = new Map<number, number>();
  let chips = 0;
  for (const place of names) {
    if (chips >= SHARE * clusters.length || held.size + 1 >= names.length) break;
    const own = countsOf(clusters.filter((_, i) => places[i] === place));
    const fits = [...own].every(
      ([cluster, n]) => 2 * ((heldOf.get(cluster) ?? 0) + n) <= (sizes.get(cluster) ?? 0),
    );
    if (!fits) continue;
    held.add(place);
    own.forEach((n, cluster) => heldOf.set(cluster, (heldOf.get(cluster) ?? 0) + n));
    chips += [...own.values()].reduce((sum, n) => sum + n, 0);
  }
  if (held.size > 0) {
    const validation = Uint8Array.from(places, (place) => (held.has(place) ? 1 : 0));
    return { by: 'place', places: [...held].sort(), validation };
  }
  return { by: 'chip', places: [], validation: byChip(clusters, sizes, random) };
}

function byChip(clusters: Int32Array, sizes: ReadonlyMap<number, number>, random: () => number): Uint8Array {
  const validation = new Uint8Array(clusters.length);
  for (const [cluster, size] of sizes) {
    const rows = [...clusters.keys()].filter((i) => clusters[i] === cluster);
    const wanted = size < 2 ? 0 : Math.max(1, Math.round(SHARE * size));
    for (const row of shuffled(rows, random).slice(0, wanted)) validation[row] = 1;
  }
  return validation;
}

function countsOf(values: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const pool = [...items];
  for (let i = pool.length - 1; i > 0; i -= 1) {
    const j = randomInt(random, i + 1);
    [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
  }
  return pool;
}
