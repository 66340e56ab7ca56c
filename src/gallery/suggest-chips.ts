/** A chip that could be labelled, or is. */
export interface Candidate {
  readonly scene: string;
  readonly bucket: number;
  readonly code: Uint8Array;
  readonly labelled: boolean;
  /** How unsure the latest map is there: 0 sure .. 1 anything may be right; null where there is no map. */
  readonly uncertainty: number | null;
}

/** A bucket as a place to put labels. */
export interface BucketNeed {
  readonly bucket: number;
  readonly chips: number;
  /** Of all chips. */
  readonly share: number;
  readonly labelledChips: number;
  /** Scenes with labelled chips in the bucket: labels of one scene say less than as many of several. */
  readonly labelledScenes: number;
  /** Mean over its chips; null where none is mapped. */
  readonly uncertainty: number | null;
  /** share x 1 / (1 + labelledScenes) x uncertainty. */
  readonly gain: number;
}

export interface Suggestion {
  /** Its number among the candidates. */
  readonly chip: number;
  readonly gain: number;
  /** Bits to the nearest chip that is labelled or suggested before; null where there is none. */
  readonly bits: number | null;
}

export interface SuggestOptions {
  readonly budget: number;
  readonly codeBits: number;
  /** Bits in which two codes differ. */
  readonly bitsBetween: (a: Uint8Array, b: Uint8Array) => number;
}

/** Chips of one scene whose codes differ in so few bits show the same. */
const SAME_BITS = 1;

/** What labels in each bucket would be worth, the best first. */
export function bucketNeeds(chips: readonly Candidate[], buckets: number): BucketNeed[] {
  const overall = meanOf(chips.map(({ uncertainty }) => uncertainty)) ?? 1;
  return Array.from({ length: buckets }, (_, bucket): BucketNeed => {
    const own = chips.filter((chip) => chip.bucket === bucket);
    const labelled = own.filter((chip) => chip.labelled);
    const labelledScenes = new Set(labelled.map(({ scene }) => scene)).size;
    const share = chips.length === 0 ? 0 : own.length / chips.length;
    const uncertainty = meanOf(own.map((chip) => chip.uncertainty));
    const gain = (share / (1 + labelledScenes)) * (uncertainty ?? overall);
    return {
      bucket,
      chips: own.length,
      share,
      labelledChips: labelled.length,
      labelledScenes,
      uncertainty,
      gain,
    };
  }).sort((a, b) => b.gain - a.gain || a.bucket - b.bucket);
}

/**
 * Chips to label next, the best first. A chip's gain is share of its bucket x 1 / (1 + scenes with labels in the bucket) x
 * 1 / (1 + labelled chips of its scene) x how unsure the latest map is there x (1 + bits) / (1 + bits of a code), bits
 * being how far its code is from every labelled chip. What was suggested before counts as labelled: each suggestion
 * lowers the gain of those like it and of its scene's other chips, and of a scene's chips that show the same only one is
 * suggested. Deterministic; ties go to the earlier chip. Cost: budget x chips.
 */
export function suggestChips(
  chips: readonly Candidate[],
  needs: readonly BucketNeed[],
  { budget, codeBits, bitsBetween }: SuggestOptions,
): Suggestion[] {
  const needOf = new Map(needs.map((need) => [need.bucket, need]));
  const overall = meanOf(chips.map(({ uncertainty }) => uncertainty)) ?? 1;
  const worth = chips.map((chip) => {
    const need = needOf.get(chip.bucket);
    if (chip.labelled || need === undefined) return 0;
    return need.share * (chip.uncertainty ?? need.uncertainty ?? overall);
  });
  const nearest = nearestLabelled(chips, bitsBetween);
  const known = new KnownScenes(chips.filter(({ labelled }) => labelled));
  const found: Suggestion[] = [];
  while (found.length < budget) {
    const gainOf = (i: number, chip: Candidate) =>
      ((worth[i] ?? 0) * known.newness(chip) * (1 + Math.min(nearest[i] ?? codeBits, codeBits))) /
      (1 + codeBits);
    let [best, most] = [-1, 0];
    for (const [i, chip] of chips.entries()) {
      const gain = gainOf(i, chip);
      if (gain > most) [best, most] = [i, gain];
    }
    const picked = chips[best];
    if (picked === undefined) break;
    const bits = nearest[best] ?? null;
    found.push({ chip: best, gain: most, bits: bits === null || bits > codeBits ? null : bits });
    known.add(picked);
    chips.forEach((chip, i) => {
      const between = bitsBetween(chip.code, picked.code);
      nearest[i] = Math.min(nearest[i] ?? Infinity, between);
      if (chip.scene === picked.scene && between <= SAME_BITS) worth[i] = 0;
    });
  }
  return found;
}

/** Which scenes have labels, or will have them. */
class KnownScenes {
  private readonly ofBucket = new Map<number, Set<string>>();
  private readonly chips = new Map<string, number>();

  constructor(labelled: readonly Candidate[]) {
    for (const chip of labelled) this.add(chip);
  }

  add({ bucket, scene }: Candidate): void {
    this.ofBucket.set(bucket, (this.ofBucket.get(bucket) ?? new Set()).add(scene));
    this.chips.set(scene, (this.chips.get(scene) ?? 0) + 1);
  }

  /** 1 where neither the chip's bucket nor its scene has labels; the less, the more they have. */
  newness({ bucket, scene }: Candidate): number {
    return 1 / ((1 + (this.ofBucket.get(bucket)?.size ?? 0)) * (1 + (this.chips.get(scene) ?? 0)));
  }
}

/** Bits to the nearest labelled chip; Infinity where there is none. */
function nearestLabelled(chips: readonly Candidate[], bitsBetween: SuggestOptions['bitsBetween']): number[] {
  const codes = new Map(
    chips.filter(({ labelled }) => labelled).map(({ code }) => [Buffer.from(code).toString('hex'), code]),
  );
  return chips.map(({ code }) => {
    let least = Number.POSITIVE_INFINITY;
    for (const other of codes.values()) least = Math.min(least, bitsBetween(code, other));
    return least;
  });
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
