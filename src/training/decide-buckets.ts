import type { GalleryBucket } from '../workspace/model-gallery-record.ts';
import { starvation, type BucketEvidence, type LeastEvidence } from './bucket-evidence.ts';
import type { Comparison, FalseHits } from './compare-models.ts';

/** A model that was trained for a bucket. */
export interface Specialist {
  readonly bucket: number;
  readonly model: string;
  /** Its arithmetic for 512 x 512 pixels; of several models for a bucket, the smallest that does is taken. */
  readonly gmac: number;
  /** Whether it needs less arithmetic than Mono: then being as good is enough. */
  readonly smaller: boolean;
}

export interface DecisionInput {
  readonly codes: readonly string[];
  readonly evidence: readonly BucketEvidence[];
  readonly least: LeastEvidence;
  readonly mono: string;
  readonly specialists: readonly Specialist[];
  /** Mono against a model on the validation ground of a bucket; null where there is nothing to compare. */
  readonly compare: (bucket: number, model: string) => Comparison | null;
  /** False hits of Mono and of a model on the validation ground of a bucket. */
  readonly falseHits: (bucket: number, model: string) => FalseHits;
  /** Bits between the codes of two buckets. */
  readonly distance: (a: number, b: number) => number;
}

/** A smaller model may score this much less than Mono at most, however wide the interval. */
export const MOST_LOSS = 0.02;

/**
 * Gives every bucket its model: its own where validation places bear it out; a starved one that of the nearest bucket that
 * has one, unless it is worse than Mono there; else Mono. Ties in distance go to the lower bucket. Pure.
 */
export function decideBuckets(input: DecisionInput): GalleryBucket[] {
  const { codes, evidence, mono } = input;
  const all = input.specialists.map((specialist) => judge(input, specialist));
  const judged = new Map(
    codes.map((_, bucket) => [bucket, pick(all.filter(({ specialist }) => specialist.bucket === bucket))]),
  );
  const accepted = [...judged.values()].flatMap((own) => (own?.accepted ? [own.specialist] : []));
  return codes.map((code, bucket): GalleryBucket => {
    const { chips = 0, foregroundPixels = 0, objects = 0, scenes = 0 } = evidence[bucket] ?? {};
    const own = judged.get(bucket);
    const found = own === undefined ? fallBack(input, bucket, accepted) : ownModel(own, mono);
    return { bucket, code, ...found, evidence: { chips, foregroundPixels, objects, scenes } };
  });
}

type Found = Pick<GalleryBucket, 'model' | 'decision' | 'reason' | 'scores'>;

interface Judgement {
  readonly specialist: Specialist;
  readonly accepted: boolean;
  readonly reason: string;
  readonly comparison: Comparison | null;
}

function judge({ compare }: DecisionInput, specialist: Specialist): Judgement {
  const comparison = compare(specialist.bucket, specialist.model);
  if (comparison === null)
    return {
      specialist,
      accepted: false,
      comparison,
      reason: 'Nothing in the validation places to judge it by.',
    };
  const { iou, low, high } = comparison.difference;
  const accepted = specialist.smaller ? high >= 0 && iou >= -MOST_LOSS : low > 0;
  const verdict = specialist.smaller
    ? accepted
      ? 'It needs less arithmetic and is not worse than Mono'
      : 'It is worse than Mono'
    : accepted
      ? 'It is better than Mono'
      : 'It is of the size of Mono and not better beyond the error';
  return { specialist, accepted, comparison, reason: `${verdict}: ${numbers(comparison)}.` };
}

/** The smallest model that is accepted; where none is, the best one, to say why not. */
function pick(judgements: readonly Judgement[]): Judgement | undefined {
  const gain = ({ comparison }: Judgement) => comparison?.difference.iou ?? -Infinity;
  const accepted = judgements.filter((judgement) => judgement.accepted);
  if (accepted.length === 0) return [...judgements].sort((a, b) => gain(b) - gain(a))[0];
  return accepted.sort((a, b) => a.specialist.gmac - b.specialist.gmac || gain(b) - gain(a))[0];
}

const ownModel = ({ accepted, comparison, reason, specialist }: Judgement, mono: string): Found => ({
  model: accepted ? specialist.model : mono,
  decision: accepted ? 'specialist' : 'mono',
  reason,
  scores: scoresOf(comparison),
});

function fallBack(input: DecisionInput, bucket: number, accepted: readonly Specialist[]): Found {
  const { evidence, least, distance, mono } = input;
  const own = evidence[bucket];
  const why =
    own === undefined ? 'nothing is known of it' : (starvation(own, least) ?? 'no model was trained');
  const [nearest] = [...accepted].sort(
    (a, b) => distance(bucket, a.bucket) - distance(bucket, b.bucket) || a.bucket - b.bucket,
  );
  if (nearest === undefined) {
    return {
      model: mono,
      decision: 'mono',
      reason: `Starved (${why}), and no bucket has a model.`,
      scores: scoresOf(null),
    };
  }
  const { comparison, worse, shown } = judgeElsewhere(input, bucket, nearest.model);
  const bits = `bucket ${nearest.bucket}, ${distance(bucket, nearest.bucket)} bits away`;
  if (worse) {
    const reason = `Starved (${why}); the model of ${bits}, is worse than Mono here: ${shown}.`;
    return { model: mono, decision: 'mono', reason, scores: scoresOf(comparison) };
  }
  const reason = `Starved (${why}): it takes the model of ${bits} (${shown}).`;
  return { model: nearest.model, decision: 'nearest', reason, scores: scoresOf(comparison) };
}

/** A model of another bucket: by IoU where there is foreground, else by what it sees where nothing is. */
function judgeElsewhere(input: DecisionInput, bucket: number, model: string) {
  const foreground = input.evidence[bucket]?.validation.foregroundPixels ?? 0;
  const comparison = foreground > 0 ? input.compare(bucket, model) : null;
  if (comparison !== null)
    return { comparison, worse: comparison.difference.high < 0, shown: numbers(comparison) };
  const { first, second, blocks } = input.falseHits(bucket, model);
  const shown =
    blocks === 0
      ? 'nothing to judge it by'
      : `${second} false pixels against ${first} on ${blocks} cells without foreground`;
  return { comparison, worse: second > first, shown };
}

const scoresOf = (comparison: Comparison | null): GalleryBucket['scores'] => ({
  mono: comparison?.first ?? null,
  model: comparison?.second ?? null,
});

const three = (value: number) => value.toFixed(3);
const signed = (value: number) => `${value < 0 ? '' : '+'}${three(value)}`;

const numbers = ({ first, second, difference, blocks, places }: Comparison): string =>
  `IoU ${three(second.iou)} against ${three(first.iou)}, ${signed(difference.iou)} (${signed(difference.low)} to ${signed(difference.high)}) on ${blocks} cells of ${places} place${places === 1 ? '' : 's'}`;
