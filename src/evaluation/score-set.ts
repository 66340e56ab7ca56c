import { bootstrapIntervals, sumTallies, type BootstrapRule, type Interval } from './bootstrap.ts';
import type { Categories } from './categories.ts';
import { accuracyOf, emptyConfusion } from './confusion.ts';
import type { SceneEvidence } from './evaluate-scene.ts';
import { addConfidenceTallies, reliabilityOf } from './reliability.ts';
import type { ClassScore, PlaceMean, ScoreSet } from './schema.ts';
import { emptyTally, fromTally, scoresOf, type ClassScores, type Tally } from './tally.ts';

export interface ScoreRule {
  readonly categories: Categories;
  readonly bootstrap: BootstrapRule;
  readonly reliabilityBins: number;
  /** Stored confidence * scale = probability; null where the map has no confidence layer. */
  readonly confidenceScale: number | null;
  readonly minReliableBlocks: number;
}

/** The scores that get an interval. */
const INTERVAL_SCORES = ['iou', 'f1', 'objectF1', 'boundaryF1'] as const;
type IntervalScore = (typeof INTERVAL_SCORES)[number];

const realClasses = ({ all, firstClass }: Categories) => all.slice(firstClass);

/** Scores of scenes added up; intervals by resampling the blocks of ground of all of them together. */
export function scoreSet(scenes: readonly SceneEvidence[], rule: ScoreRule): ScoreSet {
  const { categories } = rule;
  const tallies = scenes.flatMap(talliesOf);
  const total = tallies.length === 0 ? emptyTally(realClasses(categories).length) : sumTallies(tallies);
  const intervals = intervalsOf([tallies], categories, rule.bootstrap, (sums, c) =>
    scoresOf(sums[0] ?? total, c),
  );
  const classes = realClasses(categories).map(({ name, value }, c) =>
    classScore({ class: name, value }, total, c, intervals[c] ?? noIntervals()),
  );
  const counts = scenes.reduce(
    (sum, { counts: more }) => ({
      mapped: sum.mapped + more.mapped,
      labelled: sum.labelled + more.labelled,
      labelledUnmapped: sum.labelledUnmapped + more.labelledUnmapped,
    }),
    { mapped: 0, labelled: 0, labelledUnmapped: 0 },
  );
  const confusion = scenes
    .flatMap(({ blocks }) => [...blocks.values()])
    .reduce((sum, block) => sumTallies([sum, block.confusion]), emptyConfusion(categories));
  return {
    classes,
    mean: {
      iou: meanKnown(classes.map(({ iou }) => iou)),
      f1: meanKnown(classes.map(({ f1 }) => f1)),
      objectF1: meanKnown(classes.map(({ objects }) => objects.f1)),
      boundaryF1: meanKnown(classes.map(({ boundary }) => boundary.f1)),
    },
    accuracy: accuracyOf(confusion),
    pixels: { ...counts, scored: counts.labelled - counts.labelledUnmapped },
    confusion: {
      categories: categories.all.map(({ name }) => name),
      counts: categories.all.map((_, row, { length }) => [
        ...confusion.subarray(row * length, (row + 1) * length),
      ]),
    },
    blocks: { count: tallies.length, intervalsReliable: tallies.length >= rule.minReliableBlocks },
    reliability:
      rule.confidenceScale === null
        ? null
        : toRecord(
            reliabilityOf(
              addConfidenceTallies(scenes.map(({ confidence }) => confidence)),
              rule.confidenceScale,
              rule.reliabilityBins,
            ),
          ),
  };
}

const toRecord = ({ bins, ...rest }: ReturnType<typeof reliabilityOf>) => ({ ...rest, bins: [...bins] });

/** Means over places, each counting the same; a place's scenes are added up first. Intervals resample within places. */
export function placeMean(
  scenesByPlace: ReadonlyMap<string, readonly SceneEvidence[]>,
  rule: Pick<ScoreRule, 'categories' | 'bootstrap'>,
): PlaceMean {
  const groups = [...scenesByPlace.values()]
    .map((scenes) => scenes.flatMap(talliesOf))
    .filter(({ length }) => length > 0);
  const score = (sums: readonly Tally[], c: number): Record<IntervalScore, number | null> => {
    const each = sums.map((sum) => scoresOf(sum, c));
    const mean = (name: IntervalScore) => meanKnown(each.map((scores) => scores[name]));
    return { iou: mean('iou'), f1: mean('f1'), objectF1: mean('objectF1'), boundaryF1: mean('boundaryF1') };
  };
  const intervals = intervalsOf(groups, rule.categories, rule.bootstrap, score);
  const sums = groups.map(sumTallies);
  return {
    places: [...scenesByPlace.keys()],
    classes: realClasses(rule.categories).map(({ name }, c) => ({
      class: name,
      ...score(sums, c),
      intervals: intervals[c] ?? noIntervals(),
    })),
  };
}

/** The tallies of blocks that hold anything to judge. */
const talliesOf = ({ blocks }: SceneEvidence): Tally[] =>
  [...blocks]
    .sort(([a], [b]) => a - b)
    .filter(([, { confusion, tally }]) => confusion.some((n) => n > 0) || tally.some((n) => n > 0))
    .map(([, { tally }]) => tally);

function classScore(
  identity: { class: string; value: number },
  total: Tally,
  c: number,
  intervals: ClassScore['intervals'],
): ClassScore {
  const at = (field: Parameters<typeof fromTally>[2]) => fromTally(total, c, field);
  const scores = scoresOf(total, c);
  const matched = at('objectTruePositive');
  return {
    ...identity,
    iou: scores.iou,
    f1: scores.f1,
    precision: scores.precision,
    recall: scores.recall,
    pixels: {
      truePositive: at('truePositive'),
      falsePositive: at('falsePositive'),
      falseNegative: at('falseNegative'),
    },
    objects: {
      labelled: matched + at('objectFalseNegative'),
      mapped: matched + at('objectFalsePositive'),
      matched,
      precision: scores.objectPrecision,
      recall: scores.objectRecall,
      f1: scores.objectF1,
    },
    boundary: { precision: scores.boundaryPrecision, recall: scores.boundaryRecall, f1: scores.boundaryF1 },
    intervals,
  };
}

function intervalsOf(
  groups: readonly (readonly Tally[])[],
  categories: Categories,
  bootstrap: BootstrapRule,
  score: (sums: readonly Tally[], c: number) => Pick<ClassScores, IntervalScore>,
): ClassScore['intervals'][] {
  const classes = realClasses(categories);
  const flat = bootstrapIntervals(
    groups,
    (sums) => classes.flatMap((_, c) => INTERVAL_SCORES.map((name) => score(sums, c)[name])),
    bootstrap,
  );
  return classes.map((_, c) => {
    const of = (i: number): Interval | null => flat[c * INTERVAL_SCORES.length + i] ?? null;
    return { iou: of(0), f1: of(1), objectF1: of(2), boundaryF1: of(3) };
  });
}

const noIntervals = (): ClassScore['intervals'] => ({
  iou: null,
  f1: null,
  objectF1: null,
  boundaryF1: null,
});

function meanKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
