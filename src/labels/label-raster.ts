import { inputError } from '../core/errors.ts';
import { applyAffine, type Affine } from '../geo/affine.ts';
import { turnsTowards } from '../geo/lon-lat-box.ts';
import type { Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, type RasterBand } from '../raster/gdal.ts';
import { openRaster, type OpenRaster } from '../raster/open-dataset.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { affineLookup, latticeLookup, type PixelLookup } from './pixel-lookup.ts';
import { sceneCrs } from './scene-frame.ts';

/** A class raster laid on one scene's grid. */
export interface LabelRaster {
  /** Paints the class ids of the pixels whose centres fall on a value that the map names; leaves the others. */
  paint(target: Uint8Array, window: Window): Promise<void>;
  close(): void;
}

export interface LabelRasterOptions {
  readonly map: Readonly<Record<string, number>>;
  /** Takes the place of the file's CRS. */
  readonly crs: string | null;
  /** Whether a raster without georeferencing may lie pixel on pixel: only where the user named the scene. */
  readonly pixelOnPixel: boolean;
}

/** Label pixels read at once, at most. */
const PIECE_PIXELS = 4 * 2 ** 20;

/**
 * Opens a class raster (one band of integers) over a scene's grid: by its own georeferencing, or, where it has none,
 * pixel on pixel if it has the scene's size. The value of a grid pixel is that of the label pixel under its centre.
 * Throws input errors LABEL_RASTER_BANDS, LABEL_NO_GEOREFERENCE, and those of `openRaster`.
 */
export async function openLabelRaster(
  href: string,
  on: { scene: SceneItem; grid: WorkingGrid },
  options: LabelRasterOptions,
): Promise<LabelRaster> {
  const raster = await openRaster(href);
  try {
    const band = classBand(raster);
    const lookup = lookupOf(raster, on, options);
    return {
      paint: (target, window) =>
        paint({ band, raster, lookup, map: options.map, grid: on.grid }, target, window),
      close: () => raster.dataset.close(),
    };
  } catch (error) {
    raster.dataset.close();
    throw error;
  }
}

function classBand(raster: OpenRaster): RasterBand {
  const [band] = raster.bands;
  const alpha = raster.bands.length === 2 && raster.bands[1]?.colorInterpretation === 'Alpha';
  if (band !== undefined && (raster.bands.length === 1 || alpha)) return band;
  throw inputError(
    'LABEL_RASTER_BANDS',
    `${raster.href} has ${raster.bands.length} bands; a class raster has one, with a class number in each pixel.`,
    {
      hint: 'If classes are drawn in colours, convert it first (for example `rgb2pct.py`, or gdal_calc), then map its values with --map.',
      context: { file: raster.href, bands: raster.bands.length, limit: 1 },
    },
  );
}

/** The raster's own transform; null where it has none (GDAL's unit transform counts as none). */
function transformOf(raster: OpenRaster): Affine | null {
  const found = raster.dataset.geoTransform;
  if (found === null) return null;
  const [a0 = 0, a1 = 1, a2 = 0, a3 = 0, a4 = 0, a5 = 1] = found;
  const none = a0 === 0 && a1 === 1 && a2 === 0 && a3 === 0 && a4 === 0 && Math.abs(a5) === 1;
  return none ? null : [a0, a1, a2, a3, a4, a5];
}

function lookupOf(
  raster: OpenRaster,
  on: { scene: SceneItem; grid: WorkingGrid },
  options: LabelRasterOptions,
): PixelLookup {
  const transform = transformOf(raster);
  const srs =
    options.crs !== null
      ? parseCrs(options.crs)
      : raster.dataset.srs === null
        ? null
        : parseCrs(raster.dataset.srs.toWKT());
  const { scene, grid } = on;
  if (transform === null) {
    const [height, width] = scene.properties['proj:shape'];
    if (!options.pixelOnPixel) throw noGeoreference(raster, 'it has no georeferencing');
    if (raster.width === width && raster.height === height)
      return (col, row) => [col * grid.scaleX, row * grid.scaleY];
    throw noGeoreference(
      raster,
      `it has ${raster.width} x ${raster.height} pixels, scene '${scene.id}' ${width ?? 0} x ${height ?? 0}`,
    );
  }
  if (srs === null) throw noGeoreference(raster, 'it names no CRS');
  const own = sceneCrs(scene);
  const [centre] = applyAffine(transform, raster.width / 2, raster.height / 2);
  if (own.isSame(srs)) {
    const [here] = applyAffine(grid.transform, grid.width / 2, grid.height / 2);
    const turns = srs.isGeographic() ? turnsTowards(centre, here) : 0;
    const [left, ...rest] = transform;
    return affineLookup(grid.transform, [left + turns, ...rest]);
  }
  const between = new gdal.CoordinateTransformation(own, srs);
  return latticeLookup(grid.transform, transform, (x, y) => {
    const point = between.transformPoint(x, y);
    // On the side of the antimeridian on which the label raster lies.
    return srs.isGeographic() ? { x: point.x + turnsTowards(point.x, centre), y: point.y } : point;
  });
}

const noGeoreference = (raster: OpenRaster, why: string) =>
  inputError('LABEL_NO_GEOREFERENCE', `${raster.href} does not say where it lies: ${why}.`, {
    hint: 'Name the scene it was drawn on with --scene ID (same size, pixel on pixel), or its CRS with --crs EPSG:n.',
    context: { file: raster.href, width: raster.width, height: raster.height },
  });

interface Painting {
  readonly band: RasterBand;
  readonly raster: OpenRaster;
  readonly lookup: PixelLookup;
  readonly map: Readonly<Record<string, number>>;
  readonly grid: WorkingGrid;
}

/** Paints a window in pieces whose label pixels fit in memory. */
async function paint(painting: Painting, target: Uint8Array, window: Window): Promise<void> {
  const source = sourceWindow(painting, window);
  if (source === null) return;
  if (source.width * source.height > PIECE_PIXELS && window.width * window.height > 1) {
    for (const half of halves(window)) {
      const part = new Uint8Array(half.width * half.height);
      copyRows(target, window, { part, of: half }, 'out');
      await paint(painting, part, half);
      copyRows(target, window, { part, of: half }, 'in');
    }
    return;
  }
  const { x, y, width, height } = source;
  const values = await painting.band.pixels.readAsync(x, y, width, height);
  const ids = new Map(Object.entries(painting.map).map(([value, id]) => [Number(value), id]));
  for (let row = 0; row < window.height; row++) {
    for (let col = 0; col < window.width; col++) {
      const [px, py] = painting.lookup(window.x + col + 0.5, window.y + row + 0.5);
      const [i, j] = [Math.floor(px) - x, Math.floor(py) - y];
      if (!(i >= 0 && j >= 0 && i < width && j < height)) continue;
      const id = ids.get(values[j * width + i] ?? NaN);
      if (id !== undefined) target[row * window.width + col] = id;
    }
  }
}

function halves(w: Window): Window[] {
  const wide = w.width >= w.height;
  const cut = Math.floor((wide ? w.width : w.height) / 2);
  return wide
    ? [
        { ...w, width: cut },
        { ...w, x: w.x + cut, width: w.width - cut },
      ]
    : [
        { ...w, height: cut },
        { ...w, y: w.y + cut, height: w.height - cut },
      ];
}

/** Copies a part of a window out of, or into, the window's array. */
function copyRows(
  target: Uint8Array,
  window: Window,
  piece: { part: Uint8Array; of: Window },
  way: 'in' | 'out',
): void {
  const { part, of } = piece;
  for (let row = 0; row < of.height; row++) {
    const start = (of.y - window.y + row) * window.width + of.x - window.x;
    if (way === 'out') part.set(target.subarray(start, start + of.width), row * of.width);
    else target.set(part.subarray(row * of.width, (row + 1) * of.width), start);
  }
}

/** The label pixels under a window, clipped to the raster; null where there are none. */
function sourceWindow({ lookup, raster }: Painting, window: Window): Window | null {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  const steps = 16;
  for (let i = 0; i <= steps; i++) {
    const [u, v] = [window.x + (window.width * i) / steps, window.y + (window.height * i) / steps];
    for (const [col, row] of [
      [u, window.y],
      [u, window.y + window.height],
      [window.x, v],
      [window.x + window.width, v],
    ] as const) {
      const [x, y] = lookup(col, row);
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      [minX, minY, maxX, maxY] = [Math.min(minX, x), Math.min(minY, y), Math.max(maxX, x), Math.max(maxY, y)];
    }
  }
  const x = Math.max(0, Math.floor(minX) - 1);
  const y = Math.max(0, Math.floor(minY) - 1);
  const width = Math.min(raster.width, Math.ceil(maxX) + 1) - x;
  const height = Math.min(raster.height, Math.ceil(maxY) + 1) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}
