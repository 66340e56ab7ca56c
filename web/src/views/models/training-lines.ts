import type { HistoryPoint } from '../../api/answers.ts';

type Points = readonly (readonly [number, number])[];

/** Points of a curve that are drawn; more cannot be told apart. */
const MOST_POINTS = 400;

/** The curves of a training, over its steps. The loss is smoothed, since single steps jump. */
export function trainingLines(history: readonly HistoryPoint[]): {
  loss: Points;
  iou: Points;
  checked: Points;
} {
  const train = history.filter((point) => point.kind === 'train');
  const validation = history.filter((point) => point.kind === 'validation');
  return {
    loss: thinned(smoothed(train.map(({ step, loss }) => [step, loss]))),
    iou: validation.map(({ step, iou }) => [step, iou]),
    checked: validation.flatMap(({ step, loss }) => (loss === undefined ? [] : [[step, loss] as const])),
  };
}

/** IoU of each place at the last validation, the worst first. */
export function placeScores(history: readonly HistoryPoint[]): [place: string, iou: number | null][] {
  const last = history.findLast((point) => point.kind === 'validation');
  const scores = last?.kind === 'validation' ? Object.entries(last.iouByPlace ?? {}) : [];
  return scores.sort(([, a], [, b]) => (a ?? 2) - (b ?? 2));
}

function smoothed(points: Points): Points {
  const weight = 2 / (Math.min(20, Math.ceil(points.length / 20)) + 1);
  let mean = points[0]?.[1] ?? 0;
  return points.map(([x, y]) => {
    mean += weight * (y - mean);
    return [x, mean];
  });
}

function thinned(points: Points): Points {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}
