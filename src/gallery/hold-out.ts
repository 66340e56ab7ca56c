import { randomInt, seededRandom } from '../core/random.ts';

export interface HeldOut {
  /** Held out whole. */
  readonly places: readonly string[];
  /** For each chip whether it is trained on (0), held out by itself (1), or with its place (2). */
  readonly group: Uint8Array;
}

export const TRAINED_ON = 0;
export const HELD_OUT_BY_CHIP = 1;
export const HELD_OUT_BY_PLACE = 2;

/** At least this share of the chips is held out by place, and about it of the others by chip. */
const SHARE = 0.1;

/**
 * Chips to judge the codes by. Whole places (in a seeded order) as long as at least half of every cluster's chips stay
 * for training, so that nothing is asked of the network that it has never seen; none where that cannot be (one place
 * only, or clusters that are places). Of the other chips a tenth of every cluster, seeded, none of clusters of one chip.
 */
export function holdOut(places: readonly string[], clusters: Int32Array, seed: number): HeldOut {
  const random = seededRandom(seed);
  const held = heldPlaces(places, clusters, random);
  const group = Uint8Array.from(places, (place) => (held.has(place) ? HELD_OUT_BY_PLACE : TRAINED_ON));
  for (const cluster of new Set(clusters)) {
    const rows = [...clusters.keys()].filter((i) => clusters[i] === cluster && group[i] === TRAINED_ON);
    const wanted = rows.length < 2 ? 0 : Math.max(1, Math.round(SHARE * rows.length));
    for (const row of shuffled(rows, random).slice(0, wanted)) group[row] = HELD_OUT_BY_CHIP;
  }
  return { places: [...held].sort(), group };
}

function heldPlaces(places: readonly string[], clusters: Int32Array, random: () => number): Set<string> {
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
  return held;
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
