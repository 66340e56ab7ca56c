import type { BoundarySide } from './boundary.ts';
import { ratio } from './confusion.ts';
import type { ObjectVerdict } from './match-objects.ts';

/**
 * What is counted per block of ground and class, as a flat vector that adds up over blocks: FIELDS.length numbers a class,
 * classes in order, background left out.
 */
export const FIELDS = [
  'truePositive',
  'falsePositive',
  'falseNegative',
  'objectTruePositive',
  'objectFalsePositive',
  'objectFalseNegative',
  'mappedEdge',
  'mappedEdgeNear',
  'labelledEdge',
  'labelledEdgeNear',
] as const;
export type TallyField = (typeof FIELDS)[number];
export type Tally = Float64Array;

const OFFSET = Object.fromEntries(FIELDS.map((name, i) => [name, i])) as Record<TallyField, number>;

export const emptyTally = (classes: number): Tally => new Float64Array(classes * FIELDS.length);

export function addToTally(tally: Tally, classIndex: number, field: TallyField, amount: number): void {
  const at = classIndex * FIELDS.length + OFFSET[field];
  tally[at] = (tally[at] ?? 0) + amount;
}

export const fromTally = (tally: Tally, classIndex: number, field: TallyField): number =>
  tally[classIndex * FIELDS.length + OFFSET[field]] ?? 0;

export const OBJECT_FIELD: Record<ObjectVerdict, TallyField> = {
  truePositive: 'objectTruePositive',
  falsePositive: 'objectFalsePositive',
  falseNegative: 'objectFalseNegative',
};

/** Adds one boundary pixel. */
export function addBoundaryPixel(tally: Tally, classIndex: number, side: BoundarySide, near: boolean): void {
  addToTally(tally, classIndex, side === 'mapped' ? 'mappedEdge' : 'labelledEdge', 1);
  if (near) addToTally(tally, classIndex, side === 'mapped' ? 'mappedEdgeNear' : 'labelledEdgeNear', 1);
}

/** Scores of one class from a tally; null where there is nothing to judge. All 0..1. */
export interface ClassScores {
  readonly iou: number | null;
  readonly f1: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly objectF1: number | null;
  readonly objectPrecision: number | null;
  readonly objectRecall: number | null;
  readonly boundaryF1: number | null;
  readonly boundaryPrecision: number | null;
  readonly boundaryRecall: number | null;
}

export function scoresOf(tally: Tally, classIndex: number): ClassScores {
  const at = (field: TallyField) => fromTally(tally, classIndex, field);
  const [tp, fp, fn] = [at('truePositive'), at('falsePositive'), at('falseNegative')];
  const [objectTp, objectFp, objectFn] = [
    at('objectTruePositive'),
    at('objectFalsePositive'),
    at('objectFalseNegative'),
  ];
  const boundaryPrecision = ratio(at('mappedEdgeNear'), at('mappedEdge'));
  const boundaryRecall = ratio(at('labelledEdgeNear'), at('labelledEdge'));
  return {
    iou: ratio(tp, tp + fp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    objectF1: ratio(2 * objectTp, 2 * objectTp + objectFp + objectFn),
    objectPrecision: ratio(objectTp, objectTp + objectFp),
    objectRecall: ratio(objectTp, objectTp + objectFn),
    boundaryF1:
      // A class that is labelled without any edge (no background beside it) shows no boundary to compare with.
      boundaryRecall === null && tp + fn > 0 ? null : harmonicMean(boundaryPrecision, boundaryRecall),
    boundaryPrecision,
    boundaryRecall,
  };
}

/** 0 where one side has boundaries and the other has none; null where neither has. */
function harmonicMean(a: number | null, b: number | null): number | null {
  if (a === null && b === null) return null;
  if (a === null || b === null || a + b === 0) return 0;
  return (2 * a * b) / (a + b);
}
