import type { LayerSpec } from '../../mosaic/layer.ts';
import { lonLatBoxOf, zoomsOf, type ServedRaster } from '../tiles/served-raster.ts';
import type { RasterSource } from '../tiles/raster-source.ts';
import { sourceFrame } from '../tiles/source-frame.ts';
import type { Subject } from '../tiles/subject.ts';
import { notFound } from '../problem.ts';
import type { Window } from '../../geo/window.ts';
import type { LivePlan } from './live-plan.ts';

/** Sides of a picture's part of the scene, in regions, that are predicted for it at most. */
export const MOST_REGIONS_A_SIDE = 4;
const TILE_PIXELS = 256;

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
  const frame = sourceFrame({
    width: plan.grid.width,
    height: plan.grid.height,
    transform: plan.grid.transform,
    crs: plan.wkt,
  });
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
    subject:
      layer === PROBABILITY
        ? { kind: 'quantity', scale: 1 / 255, range: [0, 1], colormap: 'viridis' }
        : subjectOf(spec),
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
  return scale === undefined
    ? { kind: 'quantity', scale: 1, range: [0, 16], colormap: 'magma' }
    : { kind: 'quantity', scale, range: [0, 255 * scale], colormap: 'viridis' };
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
