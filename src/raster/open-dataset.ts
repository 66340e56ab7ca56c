import { access, constants, stat } from 'node:fs/promises';
import { inputError } from '../core/errors.ts';
import { fileError } from './file-error.ts';
import { gdal, gdalMessage, type Dataset, type RasterBand } from './gdal.ts';
import { gdalPath, isRemote, isVirtual } from './gdal-path.ts';
import { nativeTypeOf, type NativeType } from './native-type.ts';
import { remoteError } from './remote-error.ts';

/** The most that decoding one block of all its bands may take. */
const BLOCK_LIMIT_MIB = 256;
/** No codec packs more pixels than this into a byte of a file that shows something. */
const PIXELS_PER_BYTE_LIMIT = 1e6;
const PLAUSIBLE_PIXELS = 1e8;
/** Formats whose pixels are all in the one file (a VRT of a few bytes may well be a continent). */
const SELF_CONTAINED = new Set(['GTiff', 'COG', 'JP2OpenJPEG', 'NITF', 'PNG', 'JPEG', 'WEBP', 'BMP', 'GIF']);
const DIMENSION_LIMIT = 2 ** 31 - 1;

/** An open raster that has passed the checks: at least one band, no complex samples, blocks of bearable size. */
export interface OpenRaster {
  readonly href: string;
  readonly dataset: Dataset;
  readonly width: number;
  readonly height: number;
  readonly bands: readonly RasterBand[];
  readonly types: readonly NativeType[];
}

/**
 * Opens anything that GDAL opens, for reading. Decodes nothing. The caller closes `dataset`.
 * Throws input errors FILE_NOT_FOUND, FILE_NOT_READABLE, ACCESS_DENIED, NOT_A_RASTER, NO_BANDS, COMPLEX_NOT_SUPPORTED, BLOCK_TOO_LARGE, IMPLAUSIBLE_SIZE.
 */
export async function openRaster(href: string): Promise<OpenRaster> {
  const fileBytes = await sizeOf(href);
  const dataset = await openDataset(href);
  try {
    return checkRaster(href, dataset, fileBytes);
  } catch (error) {
    dataset.close();
    throw error;
  }
}

/** Size of a plain local file in bytes; null for folders and for what is not a plain local file. */
async function sizeOf(href: string): Promise<number | null> {
  if (isRemote(href) || isVirtual(href)) return null;
  const path = gdalPath(href);
  const found = await access(path, constants.R_OK)
    .then(() => stat(path))
    .catch((error: unknown) => {
      throw fileError(href, error);
    });
  return found.isFile() ? found.size : null;
}

async function openDataset(href: string): Promise<Dataset> {
  try {
    return await gdal.openAsync(gdalPath(href), 'r');
  } catch (error) {
    const why = gdalMessage(error);
    const remote = remoteError(href, why, error);
    if (remote !== null) throw remote;
    throw inputError('NOT_A_RASTER', `${href} cannot be opened as a raster: ${why}`, {
      hint: isRemote(href)
        ? 'Check the address and the rights to read it; the server must answer range requests.'
        : 'Check that it is an image in a format GDAL reads (`gdalinfo FILE` says more) and that it is whole.',
      context: { file: href },
      cause: error,
    });
  }
}

function checkRaster(href: string, dataset: Dataset, fileBytes: number | null): OpenRaster {
  const count = dataset.bands.count();
  if (count === 0) throw noBands(href, dataset);
  const { x: width, y: height } = dataset.rasterSize;
  const whole = SELF_CONTAINED.has(dataset.driver.description);
  checkSize(href, { width, height, fileBytes: whole ? fileBytes : null });
  const structure = structureOf(dataset);
  const bands: RasterBand[] = [];
  const types: NativeType[] = [];
  for (let i = 1; i <= count; i++) {
    const band = dataset.bands.get(i);
    const type = nativeTypeOf(band, structure);
    if (type === null) throw unsupportedType(href, i, band.dataType);
    bands.push(band);
    types.push(type);
  }
  const interleaved = structure['INTERLEAVE'] === 'PIXEL';
  checkBlocks(href, { band: bands[0], bytes: types[0]?.bytes ?? 1, together: interleaved ? count : 1 });
  return { href, dataset, width, height, bands, types };
}

const structureOf = (dataset: Dataset): Record<string, string> =>
  (dataset.getMetadata('IMAGE_STRUCTURE') as Record<string, string> | null) ?? {};

function noBands(href: string, dataset: Dataset) {
  const subdatasets = Object.entries(
    (dataset.getMetadata('SUBDATASETS') as Record<string, string> | null) ?? {},
  )
    .filter(([key]) => key.endsWith('_NAME'))
    .map(([, name]) => name);
  return inputError('NO_BANDS', `${href} holds no image bands of its own (${dataset.driver.description}).`, {
    hint:
      subdatasets.length > 0
        ? `It holds several rasters; add one by its name: ${subdatasets.slice(0, 3).join(', ')}`
        : 'It may be a vector file or an empty container; scenes need at least one band of pixels.',
    context: { file: href, driver: dataset.driver.description, subdatasets: subdatasets.slice(0, 10) },
  });
}

function unsupportedType(href: string, band: number, dataType: string | null) {
  const complex = dataType?.startsWith('C') ?? false;
  return inputError(
    complex ? 'COMPLEX_NOT_SUPPORTED' : 'TYPE_NOT_SUPPORTED',
    `${href}: band ${band} holds ${complex ? 'complex numbers' : 'samples'} (${dataType ?? 'unknown type'}), which no model here can take.`,
    {
      hint: complex
        ? 'Make a raster of amplitudes or intensities first, for example with `gdal_calc.py` or a derived VRT band (pixel function `mod`).'
        : 'Convert it to integers or floats with `gdal_translate -ot`.',
      context: { file: href, band, type: dataType },
    },
  );
}

function checkSize(href: string, size: { width: number; height: number; fileBytes: number | null }): void {
  const { width, height, fileBytes } = size;
  const pixels = width * height;
  const tooMany =
    fileBytes !== null && pixels > PLAUSIBLE_PIXELS && pixels > fileBytes * PIXELS_PER_BYTE_LIMIT;
  if (width > 0 && height > 0 && Math.max(width, height) <= DIMENSION_LIMIT && !tooMany) return;
  throw inputError(
    'IMPLAUSIBLE_SIZE',
    `${href} claims ${width} x ${height} pixels in ${fileBytes ?? '?'} bytes.`,
    {
      hint: 'The file is damaged or made to exhaust memory; check where it comes from.',
      context: { file: href, width, height, bytes: fileBytes, limitPixelsPerByte: PIXELS_PER_BYTE_LIMIT },
    },
  );
}

function checkBlocks(
  href: string,
  block: { band: RasterBand | undefined; bytes: number; together: number },
): void {
  if (block.band === undefined) return;
  const { x, y } = block.band.blockSize;
  const mib = (x * y * block.bytes * block.together) / 2 ** 20;
  if (mib <= BLOCK_LIMIT_MIB) return;
  throw inputError(
    'BLOCK_TOO_LARGE',
    `${href} is stored in blocks of ${x} x ${y} pixels, ${Math.round(mib)} MiB each when decoded; the limit is ${BLOCK_LIMIT_MIB} MiB.`,
    {
      hint: 'Rewrite it in small tiles: gdal_translate -co TILED=YES -co BLOCKXSIZE=512 -co BLOCKYSIZE=512 IN OUT',
      context: { file: href, actualMiB: Math.round(mib), limitMiB: BLOCK_LIMIT_MIB },
    },
  );
}
