import { z } from 'zod';

/** `evidence.json`, as the trainer writes it: what is labelled in each bucket of each labelled scene. */
export const evidenceSchema = z.object({
  version: z.literal(1),
  scenes: z.array(
    z.object({
      scene: z.string(),
      place: z.string(),
      split: z.enum(['train', 'validation']),
      buckets: z.array(
        z.object({
          bucket: z.int(),
          labelledCells: z.int(),
          foregroundPixels: z.int(),
          objects: z.int(),
        }),
      ),
    }),
  ),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** What a bucket needs to get a model of its own; `scenes` are training scenes with foreground in it. */
export interface LeastEvidence {
  readonly foregroundPixels: number;
  readonly objects: number;
  readonly scenes: number;
}

export const DEFAULT_LEAST: LeastEvidence = { foregroundPixels: 10_000, objects: 30, scenes: 2 };

/** What a bucket has: for training, and whether there is anything to judge a model by. */
export interface BucketEvidence {
  readonly chips: number;
  readonly foregroundPixels: number;
  readonly objects: number;
  readonly scenes: number;
  readonly validation: { readonly foregroundPixels: number; readonly places: number };
}

/** Sums the evidence of each bucket, by number. Pure. */
export function sumEvidence({ scenes }: Evidence, count: number): BucketEvidence[] {
  return Array.from({ length: count }, (_, bucket) => {
    const of = (split: string) =>
      scenes
        .filter((scene) => scene.split === split)
        .flatMap(({ place, buckets }) =>
          buckets.filter((found) => found.bucket === bucket).map((found) => ({ place, ...found })),
        );
    const train = of('train');
    const validation = of('validation').filter(({ foregroundPixels }) => foregroundPixels > 0);
    const sum = (of: 'labelledCells' | 'foregroundPixels' | 'objects') =>
      train.reduce((total, found) => total + found[of], 0);
    return {
      chips: sum('labelledCells'),
      foregroundPixels: sum('foregroundPixels'),
      objects: sum('objects'),
      scenes: train.filter(({ foregroundPixels }) => foregroundPixels > 0).length,
      validation: {
        foregroundPixels: validation.reduce((total, found) => total + found.foregroundPixels, 0),
        places: new Set(validation.map(({ place }) => place)).size,
      },
    };
  });
}

/** Why a bucket gets no model of its own, in words; null where it has enough. Pure. */
export function starvation(evidence: BucketEvidence, least: LeastEvidence): string | null {
  const short = (
    [
      ['foregroundPixels', 'foreground pixels'],
      ['objects', 'objects'],
      ['scenes', 'scenes with foreground'],
    ] as const
  )
    .filter(([member]) => evidence[member] < least[member])
    .map(([member, name]) => `${evidence[member]} of at least ${least[member]} ${name}`);
  if (evidence.validation.foregroundPixels === 0) short.push('no foreground in any validation place');
  return short.length === 0 ? null : short.join(', ');
}
