/** The layers of a map, from the ground up. `label` is what the field calls them. */
export const LAYERS = [
  { name: 'imagery', label: 'Imagery', says: 'what the sensor saw' },
  { name: 'class', label: 'Class', says: 'what each pixel is' },
  { name: 'confidence', label: 'Confidence', says: 'probability of the class' },
  { name: 'bucket', label: 'Bucket', says: 'which kind of ground, so which model' },
  { name: 'margin', label: 'Margin', says: 'how clearly it belongs to its bucket' },
  { name: 'error', label: 'Errors', says: 'where map and labels differ' },
] as const;
export type LayerName = (typeof LAYERS)[number]['name'];

/** Layers that hold numbers of things: nothing lies between two of them. */
export const CRISP: readonly LayerName[] = ['class', 'bucket', 'error'];

/** A layer that is shown, with its opacity from 0 to 1. */
export interface ShownLayer {
  readonly name: LayerName;
  readonly opacity: number;
}

const DEFAULT_OPACITY: Readonly<Record<LayerName, number>> = {
  imagery: 1,
  class: 0.6,
  confidence: 0.7,
  bucket: 0.6,
  margin: 0.7,
  error: 0.8,
};

export const defaultOpacity = (name: LayerName): number => DEFAULT_OPACITY[name];

/** `imagery,class:40` as the address holds it: opacities in hundredths where they are not the usual ones. */
export function parseLayers(text: string | null, fallback: readonly LayerName[]): ShownLayer[] {
  const parts = text === null ? fallback : text.split(',');
  return parts.flatMap((part) => {
    const [name, hundredths] = part.split(':');
    const known = LAYERS.find((layer) => layer.name === name);
    if (known === undefined) return [];
    const opacity = hundredths === undefined ? defaultOpacity(known.name) : Number(hundredths) / 100;
    return Number.isFinite(opacity) ? [{ name: known.name, opacity: Math.min(1, Math.max(0, opacity)) }] : [];
  });
}

export const layersText = (layers: readonly ShownLayer[]): string =>
  layers
    .map(({ name, opacity }) =>
      opacity === defaultOpacity(name) ? name : `${name}:${Math.round(100 * opacity)}`,
    )
    .join(',');

/** Where the tiles of a run's layer are described. Of classes the background stays open, so that imagery shows through. */
export const mapTileJson = (run: string, layer: LayerName): string =>
  `/tiles/map/${run}/_/${layer}/tilejson.json${layer === 'class' ? '?hide=0' : ''}`;

export const sceneTileJson = (scene: string): string => `/tiles/scene/${scene}/tilejson.json`;
