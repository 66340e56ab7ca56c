import type { Affine } from '../../geo/affine.ts';
import type { Window } from '../../geo/window.ts';
import { nativeSourceAt } from '../../raster/native-source.ts';
import { readRows } from '../../raster/native-rows.ts';
import type { OpenRaster } from '../../raster/open-dataset.ts';
import { pyramidLevels } from '../../raster/pyramid-level.ts';
import type { NoDataRule } from '../../raster/source-record.ts';
import type { DatasetPool, Handle, PooledFile } from './dataset-pool.ts';
import type { RasterSource, SourceLevel, SourcePixels } from './raster-source.ts';
import { sourceFrame } from './source-frame.ts';

/** What is known of a raster file beside its pixels. */
export interface RasterPlace {
  readonly crs: string;
  readonly transform: Affine;
  readonly noData: NoDataRule;
}

/** Ways of reading kept with a handle; people do not ask for more combinations of bands. */
const MOST_WAYS = 64;

/**
 * A raster file as pictures are made of it; `place` is worked out from the open file where no record knows it. Opens it
 * once to learn its levels. Throws the errors of `openRaster`.
 */
export async function gdalRaster(
  pool: DatasetPool,
  file: PooledFile,
  place: (raster: OpenRaster) => RasterPlace,
): Promise<RasterSource> {
  return pool.use(file, ({ raster }) => {
    const { crs, transform, noData } = place(raster);
    const { width, height } = raster;
    const levels: SourceLevel[] = pyramidLevels(raster.bands, noData.kind === 'mask');
    const source: RasterSource = {
      frame: sourceFrame({ width, height, transform, crs }),
      levels: levels.map((level) => ({ width: level.width, height: level.height })),
      read: (level, window, bands) =>
        pool.use(file, (handle) => readLevel(handle, { noData, level: levels[level], window, bands })),
    };
    return Promise.resolve(source);
  });
}

interface Reading {
  readonly noData: NoDataRule;
  readonly level: SourceLevel | undefined;
  readonly window: Window;
  readonly bands: readonly number[];
}

async function readLevel(handle: Handle, reading: Reading): Promise<SourcePixels> {
  const rows = await readRows(wayOf(handle, reading), reading.window);
  return { bands: rows.bands, valid: rows.invalid === 0 ? null : rows.valid };
}

function wayOf({ raster, ways }: Handle, { noData, level, bands }: Reading) {
  const key = `${level?.width ?? 0} ${bands.join()}`;
  const known = ways.get(key);
  if (known !== undefined) return known;
  const { href, width, height } = raster;
  const way = nativeSourceAt(
    { href, bands, noData, width, height, identity: null },
    raster,
    (handles, usesMask) => {
      const levels = pyramidLevels(handles, usesMask);
      const found = levels.find((one) => one.width === level?.width) ?? levels[0];
      if (found === undefined) throw new RangeError(`${href} has no levels`);
      return found;
    },
  );
  if (ways.size >= MOST_WAYS) ways.clear();
  ways.set(key, way);
  return way;
}
