import type { GalleryBucket } from '../workspace/model-gallery-record.ts';
import { textTable } from './text-table.ts';

const three = (value: number): string => value.toFixed(3);
const shown = (score: GalleryBucket['scores']['mono']): string =>
  score === null ? '-' : `${three(score.iou)} (${three(score.low)}-${three(score.high)})`;

/** The buckets of a gallery of models: which model each has, how it was decided, and why. */
export const galleryLines = (buckets: readonly GalleryBucket[]): string[] => [
  ...textTable(
    ['bucket', 'code', 'labelled chips', 'decision', 'model', 'IoU of Mono', 'IoU of the model'],
    buckets.map(({ bucket, code, evidence, decision, model, scores }) => [
      String(bucket),
      code,
      String(evidence.chips),
      decision,
      model,
      shown(scores.mono),
      shown(scores.model),
    ]),
  ),
  ...buckets.map(({ bucket, reason }) => `  ${bucket}: ${reason}`),
];
