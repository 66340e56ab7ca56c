import type { Evaluation, ScoreSet, SceneScore } from './schema.ts';

const COLUMNS = [
  'scene',
  'class',
  'IoU',
  '95 %',
  'F1',
  'precision',
  'recall',
  'object F1',
  '95 %',
  'found/labelled',
  'boundary F1',
];

/** A share with three decimals; a dash where there was nothing to judge. */
export const showShare = (value: number | null): string => (value === null ? '-' : value.toFixed(3));

export const showInterval = (interval: { low: number; high: number } | null): string =>
  interval === null ? '-' : `${interval.low.toFixed(2)}-${interval.high.toFixed(2)}`;

/** The evaluation for people at a terminal: an aligned table, cautions, and where the rest is. */
export function renderEvaluation(evaluation: Evaluation, files: Readonly<Record<string, string>>): string {
  const rows = evaluation.scenes.flatMap((scene) => scoreRows(sceneName(scene), scene.scores));
  const summary =
    evaluation.headline === null
      ? []
      : scoreRows(`ALL ${evaluation.headline.scenes.length} UNSEEN`, evaluation.headline.pooled);
  const places = evaluation.headline?.meanOverPlaces;
  const means = (places?.classes ?? []).map((c) => [
    `MEAN OF ${places?.places.length ?? 0} PLACES`,
    c.class,
    showShare(c.iou),
    showInterval(c.intervals.iou),
    showShare(c.f1),
    '',
    '',
    showShare(c.objectF1),
    showInterval(c.intervals.objectF1),
    '',
    showShare(c.boundaryF1),
  ]);
  const reliability = (evaluation.headline ?? evaluation.seen.validation ?? evaluation.seen.train)?.pooled
    .reliability;
  return [
    `run ${evaluation.run}, model ${evaluation.model.id} (${evaluation.model.variant})`,
    '',
    ...align([COLUMNS, ...rows, ...summary, ...means]),
    '',
    `calibration error ${showShare(reliability?.expectedCalibrationError ?? null)}   seam score ${evaluation.seamScore?.toFixed(4) ?? '-'}   ${evaluation.performance.megapixelsPerSecond.toFixed(2)} megapixels/s`,
    ...evaluation.unscored.map(({ scene, reason }) => `not scored: ${scene}: ${reason}`),
    ...evaluation.notes.map((note) => `note: ${note}`),
    ...Object.entries(files).map(([name, path]) => `${name}: ${path}`),
  ].join('\n');
}

function sceneName({ scene, role, scores }: SceneScore): string {
  const marks = [
    ...(role === 'unseen' ? [] : [role]),
    ...(scores.blocks.intervalsReliable ? [] : [`${scores.blocks.count} blocks`]),
  ];
  return marks.length === 0 ? scene : `${scene} (${marks.join(', ')})`;
}

const scoreRows = (name: string, scores: ScoreSet): string[][] =>
  scores.classes.map((c) => [
    name,
    c.class,
    showShare(c.iou),
    showInterval(c.intervals.iou),
    showShare(c.f1),
    showShare(c.precision),
    showShare(c.recall),
    showShare(c.objects.f1),
    showInterval(c.intervals.objectF1),
    `${c.objects.matched}/${c.objects.labelled}`,
    showShare(c.boundary.f1),
  ]);

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
