import type { ModelCard } from '../model/card.ts';
import { NO_CLASS } from '../model/class-record.ts';
import type { LayerSpec } from '../mosaic/layer.ts';

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
