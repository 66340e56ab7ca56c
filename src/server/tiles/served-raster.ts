import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import { project, WEB_MERCATOR_QUAD, TILE_PIXELS, zoomOf } from '../../geo/tile-matrix.ts';
import type { Piece } from './draw-picture.ts';
import type { SourceFrame } from './raster-source.ts';
import type { Subject } from './subject.ts';

/** Names a raster that is served: imagery of a scene, a layer of a run's map of one scene or (null) of all. */
export type RasterName =
  | { readonly kind: 'scene'; readonly scene: string }
  | { readonly kind: 'map'; readonly run: string; readonly scene: string | null; readonly layer: string };

/** Names what a model says of a scene, worked out as it is looked at. */
export interface LiveName {
  readonly kind: 'live';
  readonly application: string;
  readonly model: string;
  readonly scene: string;
  readonly layer: string;
}

/** What stands for all scenes of a run in addresses. */
export const ALL_SCENES = '_';

/** The path of a raster in addresses: `scene/ID`, `map/RUN/ID/LAYER`, `live/APPLICATION/MODEL/ID/LAYER`. */
export function rasterPath(name: RasterName | LiveName): string {
  switch (name.kind) {
    case 'scene':
      return `scene/${name.scene}`;
    case 'map':
      return `map/${name.run}/${name.scene ?? ALL_SCENES}/${name.layer}`;
    case 'live':
      return `live/${name.application}/${name.model}/${name.scene}/${name.layer}`;
  }
}

/** A raster as the map services offer it. */
export interface ServedRaster {
  readonly name: RasterName | LiveName;
  readonly title: string;
  /** Changes when its pixels may have changed, or how they are shown. */
  readonly version: string;
  /** West, south, east, north; west is greater across the antimeridian. */
  readonly box: LonLatBox;
  /** Levels of WebMercatorQuad between which there is something to see. */
  readonly minZoom: number;
  readonly maxZoom: number;
  readonly subject: Subject;
  readonly pieces: readonly Piece[];
  /** The one file it is read from; null where there are several, or none. */
  readonly href: string | null;
}

/** Levels above the one on which a raster is as small as a map tile. */
const LEVELS_ABOVE = 3;

/** The levels worth asking for, of something of this extent and these pixels. */
export function zoomsOf(box: LonLatBox, finest: SourceFrame): { minZoom: number; maxZoom: number } {
  const own = finest.boxIn(WEB_MERCATOR_QUAD.crs);
  return zoomsBetween(box, own === null ? WEB_MERCATOR_QUAD.cellSize : (own.maxX - own.minX) / finest.width);
}

/** The same from the size of a pixel on the ground. */
export function zoomsOfCell(box: LonLatBox, gsdMetres: number): { minZoom: number; maxZoom: number } {
  const latitude = ((box[1] ?? 0) + (box[3] ?? 0)) / 2;
  return zoomsBetween(box, gsdMetres / Math.max(0.01, Math.cos((latitude * Math.PI) / 180)));
}

/** `cell`: side of a pixel in Web Mercator metres. */
function zoomsBetween(box: LonLatBox, cell: number): { minZoom: number; maxZoom: number } {
  const [west = 0, south = 0, east = 0, north = 0] = box;
  const [left, bottom] = project(WEB_MERCATOR_QUAD, west, south);
  const [right, top] = project(WEB_MERCATOR_QUAD, east < west ? east + 360 : east, north);
  const span = Math.max(right - left, top - bottom, cell);
  return {
    minZoom: Math.max(0, zoomOf(WEB_MERCATOR_QUAD, span / TILE_PIXELS) - LEVELS_ABOVE),
    maxZoom: zoomOf(WEB_MERCATOR_QUAD, cell),
  };
}

/** A raster's box in degrees, its longitudes within a turn. */
export function lonLatBoxOf(frame: SourceFrame): LonLatBox {
  const box = frame.boxIn('OGC:CRS84');
  if (box === null) return [-180, -90, 180, 90];
  const within = (lon: number) => (lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon);
  return [within(box.minX), Math.max(-90, box.minY), within(box.maxX), Math.min(90, box.maxY)];
}

/** The box around boxes; the whole turn where one of them crosses the antimeridian. */
export function boxAround(boxes: readonly LonLatBox[]): LonLatBox {
  const crosses = boxes.some(([west = 0, , east = 0]) => east < west);
  const side = (at: number, pick: (a: number, b: number) => number) =>
    boxes.reduce((found, box) => pick(found, box[at] ?? found), boxes[0]?.[at] ?? 0);
  if (crosses) return [-180, side(1, Math.min), 180, side(3, Math.max)];
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
}
