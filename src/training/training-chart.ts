import type { ModelCard } from '../model/card.ts';
import type { Chart, Curve } from './draw-curves.ts';
import type { HistoryPoint } from './history.ts';

const TRAIN = '#e8792c';
const TRAIN_FAINT = '#f8d5bb';
const VALIDATION = '#2563eb';
const PLACES = ['#7cb8f2', '#5cc8a1', '#e5b53d', '#ec8fc0', '#a78bfa', '#94a3b8', '#f5a25d', '#6fcf73'];
const MOST_PLACES = PLACES.length;

/** Loss, validation IoU (of the whole and of each place) and learning rate over the steps, as a chart. Pure. */
export function trainingChart(card: ModelCard, history: readonly HistoryPoint[]): Chart {
  const train = history.filter((point) => point.kind === 'train');
  const validation = history.filter((point) => point.kind === 'validation');
  const best = validation.reduce<(typeof validation)[number] | null>(
    (top, point) => (top === null || point.iou > top.iou ? point : top),
    null,
  );
  const raw = train.map(({ step, loss }) => [step, loss] as const);
  const losses: Curve[] = [
    { name: '', colour: TRAIN_FAINT, width: 1, points: raw },
    { name: 'training, on augmented crops', colour: TRAIN, points: smoothed(raw) },
    {
      name: 'validation: cross-entropy',
      colour: VALIDATION,
      dots: true,
      points: validation.flatMap(({ step, loss }) => (loss === undefined ? [] : [[step, loss] as const])),
    },
  ];
  const ious: Curve[] = [
    ...placeCurves(validation),
    {
      name: 'all places',
      colour: VALIDATION,
      width: 3,
      dots: true,
      points: validation.map(({ step, iou }) => [step, iou]),
    },
  ];
  const seconds = card.training?.seconds ?? 0;
  const about = [
    `${card.network.name}, ${(card.network.parameters / 1e6).toFixed(1)} M parameters`,
    `${card.training?.steps ?? 0} steps in ${duration(seconds)}`,
    `seed ${card.training?.seed ?? '?'}`,
  ];
  return {
    title: `Training of ${card.id} (${card.application})`,
    subtitle: about.join(' · '),
    xLabel: 'step',
    panels: [
      {
        title: 'Loss',
        unit: '',
        curves: losses.filter(({ points }) => points.length > 0),
        range: [0, highest(losses)] as const,
      },
      ...(validation.length === 0
        ? []
        : [
            {
              title: 'Validation IoU (1 is perfect)',
              unit: '',
              curves: ious,
              range: [0, 1] as const,
              ...(best === null
                ? {}
                : {
                    mark: {
                      x: best.step,
                      y: best.iou,
                      text: `best: ${best.iou.toFixed(3)} at step ${best.step}`,
                    },
                  }),
            },
          ]),
    ],
  };
}

function placeCurves(validation: readonly Extract<HistoryPoint, { kind: 'validation' }>[]): Curve[] {
  const places = [...new Set(validation.flatMap(({ iouByPlace }) => Object.keys(iouByPlace ?? {})))].sort();
  if (places.length < 2 || places.length > MOST_PLACES) return [];
  return places.map((place, i) => ({
    name: place,
    colour: PLACES[i] ?? '#cbd5e1',
    width: 1.5,
    points: validation.flatMap(({ step, iouByPlace }) => {
      const iou = iouByPlace?.[place];
      return typeof iou === 'number' ? [[step, iou] as const] : [];
    }),
  }));
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Each point as the mean of its neighbours, a fortieth of the curve to each side. */
function smoothed(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const reach = Math.floor(points.length / 40);
  return points.map(([x], i) => {
    const near = points.slice(Math.max(0, i - reach), i + reach + 1);
    return [x, near.reduce((sum, [, y]) => sum + y, 0) / near.length] as const;
  });
}

const highest = (curves: readonly Curve[]): number =>
  Math.max(0.1, ...curves.flatMap(({ points }) => points.map(([, y]) => y)));
