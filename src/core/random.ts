/** A seeded source of numbers in [0, 1). */
export type Random = () => number;

/** mulberry32: 32 bits of state, period 2^32; repeatable across machines. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Integer in [0, below). */
export const randomInt = (random: Random, below: number): number => Math.floor(random() * below);
