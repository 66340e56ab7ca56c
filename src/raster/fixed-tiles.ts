import { intersectWindows, type Window } from '../geo/window.ts';
import type { Dataset, RasterBand } from './gdal.ts';
import { blockArray, blockTypeOf, type NativeArray } from './native-type.ts';

/** Side of the tiles, pixels. */
const TILE = 512;

/**
 * Whether GDAL may give a pixel another value when it is read in another window: virtual rasters that average their
 * sources (`resampling="average"` and its kin) align the kernel to the window asked for.
 */
export function dependsOnWindow(dataset: Dataset): boolean {
  if (dataset.driver.description !== 'VRT') return false;
  const xml: unknown = dataset.getMetadata('xml:VRT');
  const text = typeof xml === 'string' ? xml : JSON.stringify(xml ?? '');
  return /resampling=\\?"(average|mode|rms|gauss)/i.test(text);
}

/**
 * Reads a window of such a band as parts of tiles that lie at fixed places, so that each pixel is always read alike.
 * Rows lie `stride` samples apart in the target.
 */
export async function readFixedTiles(
  band: RasterBand,
  window: Window,
  target: NativeArray,
  stride: number,
): Promise<void> {
  const { x: width, y: height } = band.size;
  for (let ty = Math.floor(window.y / TILE); ty * TILE < window.y + window.height; ty++) {
    for (let tx = Math.floor(window.x / TILE); tx * TILE < window.x + window.width; tx++) {
      const tile = intersectWindows(
        { x: tx * TILE, y: ty * TILE, width: TILE, height: TILE },
        { x: 0, y: 0, width, height },
      );
      const common = tile === null ? null : intersectWindows(tile, window);
      if (tile === null || common === null) continue;
      const pixels = emptyLike(target, tile.width * tile.height);
      await band.pixels.readAsync(tile.x, tile.y, tile.width, tile.height, pixels);
      for (let y = common.y; y < common.y + common.height; y++) {
        const from = (y - tile.y) * tile.width + common.x - tile.x;
        target.set(pixels.subarray(from, from + common.width), (y - window.y) * stride + common.x - window.x);
      }
    }
  }
}

/** A new array of the same type. */
function emptyLike(array: NativeArray, length: number): NativeArray {
  return array instanceof Float64Array ? new Float64Array(length) : blockArray(blockTypeOf(array), length);
}
