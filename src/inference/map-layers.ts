import type { ModelCard } from '../model/card.ts';
import { NO_CLASS } from '../model/class-record.ts';
import type { LayerSpec } from '../mosaic/layer.ts';

/** What the layers of a routed map hold beside buckets and margins. */
export const NO_BUCKET = 255;
export const UNKNOWN_BUCKET = 254;
export const NO_MARGIN = 255;

/** Told apart by people of any colour vision, then repeated (P. Tol, "bright" and "muted"). */
const BUCKET_COLOURS = [
  '#4477aa',
  '#ee6677',
  '#228833',
  '#ccbb44',
  '#66ccee',
  '#aa3377',
  '#332288',
  '#ddcc77',
  '#117733',
  '#88ccee',
  '#882255',
  '#44aa99',
  '#999933',
  '#cc6677',
  '#aa4499',
];
const UNKNOWN_COLOUR = '#bbbbbb';

const BACKGROUND_COLOUR = '#d9d9d9';

/** The layers every map has; without a card (the no-op classifier) all is background. */
export function mapLayers(card: ModelCard | null): {
  readonly class: LayerSpec;
  readonly confidence: LayerSpec;
} {
  const background = { value: 0, name: 'background', colour: BACKGROUND_COLOUR };
  const classes = (card?.classes ?? []).map(({ id, name, colour }) => ({ value: id, name, colour }));
  return {
    class: {
      name: 'class',
      kind: 'class',
      noData: NO_CLASS,
      palette: card === null || card.background ? [background, ...classes] : classes,
      description: 'Class of each pixel',
    },
    confidence: {
      name: 'confidence',
      kind: 'mean',
      noData: 0,
      description: 'Probability of the class given; 255 is certain, 0 no data',
      scale: 1 / 255,
    },
  };
}

/** The layers that a routed map has besides: where each pixel's cell belongs, and how surely. `code` names a bucket. */
export function routedLayers(buckets: readonly { readonly bucket: number; readonly code: string }[]): {
  readonly bucket: LayerSpec;
  readonly margin: LayerSpec;
} {
  const palette = buckets.map(({ bucket, code }) => ({
    value: bucket,
    name: `bucket ${bucket} (${code})`,
    colour: BUCKET_COLOURS[bucket % BUCKET_COLOURS.length] ?? UNKNOWN_COLOUR,
  }));
  return {
    bucket: {
      name: 'bucket',
      kind: 'class',
      noData: NO_BUCKET,
      palette: [...palette, { value: UNKNOWN_BUCKET, name: 'unknown', colour: UNKNOWN_COLOUR }],
      description: 'Bucket of the partition, which picked the model',
    },
    margin: {
      name: 'margin',
      kind: 'mean',
      noData: NO_MARGIN,
      description: 'Bits by which the second-nearest bucket is farther; 0 is undecided',
    },
  };
}
