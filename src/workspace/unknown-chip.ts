import type { UnknownRule } from './partition-record.ts';

/** What a partition marks chips as unknown by; `unknown` is absent in those of before there was such a rule. */
export interface UnknownTest {
  readonly farBits: number;
  readonly unknown?: UnknownRule | undefined;
}

/** What a chip is marked by: bits to its bucket's centroid, and how new it looks; null where that was not asked. */
export interface TestedChip {
  readonly distance: number;
  readonly novelty: number | null;
}

/**
 * Whether a chip is unlike everything that the partition was fitted on: such chips train no bucket's model, and are mapped by
 * Mono. By its looks where the partition knows some, else by the bits to its bucket.
 */
export function isUnknown({ farBits, unknown }: UnknownTest, { distance, novelty }: TestedChip): boolean {
  if (unknown === undefined || novelty === null) return distance > farBits;
  return novelty > unknown.limit;
}
