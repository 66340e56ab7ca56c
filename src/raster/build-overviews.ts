import { join } from 'node:path';
import { inputError } from '../core/errors.ts';
import { gdal, gdalMessage, type Dataset } from './gdal.ts';
import { gdalPath } from './gdal-path.ts';
import type { NoDataRule } from './source-record.ts';

/** The first overview has a sixteenth of the pixels: what is finer is quickly averaged from the raster itself. */
export const FIRST_FACTOR = 4;
/** Overviews end where the longer side is this short. */
const SMALLEST = 256;

/** Name of the raster, with its overviews, in the folder that it is built in. */
export const OVERVIEW_NAME = 'view.vrt';

/**
 * Builds overviews of a raster in a folder apart from it: a virtual raster `view.vrt` that names it, and their pixels beside
 * that. Averages of pixels with data; of numbers of colours, the most frequent. On GDAL's thread; reads the raster once, in
 * little memory. A mask becomes a band (see `ruleOfView`), since overviews would lack it. Throws input error READ_FAILED.
 */
export async function buildOverviews(href: string, noData: NoDataRule, folder: string): Promise<void> {
  for (const [name, value] of Object.entries(SETTINGS)) gdal.config.set(name, value);
  try {
    const source = await gdal.openAsync(gdalPath(href));
    const options = ['-of', 'VRT', ...noDataOptions(noData, source.bands)];
    const view = await gdal.translateAsync(join(folder, OVERVIEW_NAME), source, options);
    const { x, y } = view.rasterSize;
    const numbers = view.bands.get(1).colorTable !== null;
    view.close();
    source.close();
    const built = await gdal.openAsync(join(folder, OVERVIEW_NAME));
    await built.buildOverviewsAsync(numbers ? 'MODE' : 'AVERAGE', factorsOf(Math.max(x, y)));
    built.close();
  } catch (error) {
    throw inputError('READ_FAILED', `${href}: its overviews cannot be built: ${gdalMessage(error)}`, {
      hint: 'The file may be damaged, or the disk full.',
      context: { file: href },
      cause: error,
    });
  }
}

/** How the virtual raster with the overviews of a raster of so many bands tells its pixels without data. */
export const ruleOfView = (noData: NoDataRule, bands: number): NoDataRule =>
  noData.kind === 'mask' ? { kind: 'alpha', band: bands + 1 } : noData;

function noDataOptions(noData: NoDataRule, bands: Dataset['bands']): string[] {
  if (noData.kind === 'mask') {
    const own = Array.from({ length: bands.count() }, (_, i) => ['-b', String(i + 1)]);
    // Overviews are of one type.
    return [...own.flat(), '-b', 'mask', '-ot', bands.get(1).dataType ?? 'Byte'];
  }
  // What the user said, where the file does not say it.
  const said = noData.kind === 'value' ? new Set(noData.values) : new Set();
  return said.size === 1 && !said.has(null) ? ['-a_nodata', String([...said][0])] : [];
}

/** Of overviews only; nothing else in this program has GDAL build any. */
const SETTINGS = {
  COMPRESS_OVERVIEW: 'DEFLATE',
  INTERLEAVE_OVERVIEW: 'PIXEL',
  GDAL_TIFF_OVR_BLOCKSIZE: '256',
  BIGTIFF_OVERVIEW: 'IF_SAFER',
};

function factorsOf(longest: number): number[] {
  const factors = [FIRST_FACTOR];
  for (let factor = 2 * FIRST_FACTOR; longest / factor >= SMALLEST / 2; factor *= 2) factors.push(factor);
  return factors;
}
