import type { LayerSpec } from '../../mosaic/layer.ts';
import { lonLatBoxOf, zoomsOf, type ServedRaster } from '../tiles/served-raster.ts';
import type { RasterSource } from '../tiles/raster-source.ts';
import { quantityOf, type Subject } from '../tiles/subject.ts';
import { notFound } from '../problem.ts';
import type { Window } from '../../geo/window.ts';
import { TILE_PIXELS } from '../../geo/tile-matrix.ts';
import { frameOf } from './grid-window.ts';
import type { LivePlan } from './live-plan.ts';

/** Sides of a picture's part of the scene, in regions, that are predicted for it at most. */
export const MOST_REGIONS_A_SIDE = 4;

/** The probability of being anything but background, worked out from class and confidence. */
const PROBABILITY = 'probability';

/** Reads layers of a window of the plan's grid. */
export type ReadLayers = (window: Window) => Promise<Record<string, Uint8Array>>;

/** A layer of what is predicted of a scene, as the map services draw rasters. Throws 404 for a layer that there is not. */
export function liveRaster(
  plan: LivePlan,
  { application, model, layer }: { application: string; model: string; layer: string },
  read: ReadLayers,
): ServedRaster {
  const spec = plan.layers.find(({ name }) => name === (layer === PROBABILITY ? 'class' : layer));
  if (spec === undefined) {
    throw notFound(
      'NO_LAYER',
      `There is no layer '${layer}' to predict.`,
      `There are: ${[...plan.layers.map(({ name }) => name), PROBABILITY].join(', ')}.`,
    );
  }
  const frame = frameOf(plan);
  const source: RasterSource = {
    frame,
    levels: [{ width: plan.grid.width, height: plan.grid.height }],
    read: async (_level, window) => pixelsOf(await read(window), spec, layer),
  };
  const box = lonLatBoxOf(frame);
  const { maxZoom } = zoomsOf(box, frame);
  return {
    name: { kind: 'live', application, model, scene: plan.scene, layer },
    title: `${layer} of ${plan.scene} as ${plan.modelId} sees it`,
    version: plan.digest,
    box,
    minZoom: Math.max(0, maxZoom - Math.floor(Math.log2(plan.regionPixels / TILE_PIXELS))),
    maxZoom,
    subject: layer === PROBABILITY ? quantityOf(1 / 255) : subjectOf(spec),
    pieces: [{ box, open: () => Promise.resolve(source) }],
    href: null,
  };
}

function subjectOf({ palette, scale }: LayerSpec): Subject {
  if (palette !== undefined) {
    return {
      kind: 'classes',
      legend: palette.map(({ value, name, colour }) => ({ value, label: name, color: colour })),
    };
  }
  return quantityOf(scale ?? 1);
}

function pixelsOf(layers: Record<string, Uint8Array>, spec: LayerSpec, layer: string) {
  const data = layers[spec.name] ?? new Uint8Array();
  const valid = data.map((value) => Number(value !== spec.noData));
  if (layer !== PROBABILITY) return { bands: [data], valid };
  const confidence = layers['confidence'] ?? data;
  return {
    bands: [data.map((value, i) => (value === 0 ? 255 - (confidence[i] ?? 0) : (confidence[i] ?? 0)))],
    valid,
  };
}
