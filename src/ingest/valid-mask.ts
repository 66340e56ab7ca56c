import { inputError } from '../core/errors.ts';
import { describeWindow } from '../geo/window.ts';
import { gdalMessage, type RasterBand } from '../raster/gdal.ts';
import { signed } from '../raster/native-rows.ts';
import { nativeArray, type NativeArray } from '../raster/native-type.ts';
import type { OpenRaster } from '../raster/open-dataset.ts';
import type { NoDataRule } from '../raster/source-record.ts';
import { markValid, validityTest, type BandSamples } from '../raster/validity.ts';

/** Which pixels of a small picture of the scene hold data. */
export interface ValidMask {
  readonly width: number;
  readonly height: number;
  readonly valid: Uint8Array;
  readonly validCount: number;
  /** The rule cannot take any pixel away: nothing was read. */
  readonly certain: boolean;
}

/** The longer side of the picture, pixels. */
const SIDE = 1024;
/** Of scenes with very many bands the first ones stand for all. */
const JUDGED_BANDS = 16;

/**
 * The valid pixels of a scene, from every n-th pixel (from overviews where GDAL finds them), at most 1024 to a side.
 * Bounded memory; reads nothing where every pixel is valid by rule. Throws input error READ_FAILED.
 */
export async function readValidMask(raster: OpenRaster, rule: NoDataRule): Promise<ValidMask> {
  const factor = Math.max(1, Math.max(raster.width, raster.height) / SIDE);
  const width = Math.max(1, Math.round(raster.width / factor));
  const height = Math.max(1, Math.round(raster.height / factor));
  const count = width * height;
  const isFloat = raster.types.some((t) => t.sample.startsWith('float'));
  const bandIndices = raster.bands.slice(0, JUDGED_BANDS).map((_, i) => i + 1);
  const judged = bandIndices.map((index) => raster.dataset.bands.get(index));
  const test = validityTest(rule, bandIndices, isFloat);
  const valid = new Uint8Array(count).fill(1);
  if (!test.active) return { width, height, valid, validCount: count, certain: true };
  const read = async (band: RasterBand, target: NativeArray): Promise<NativeArray> => {
    await readDecimated(raster, band, { target, width, height });
    return target;
  };
  const bands: BandSamples[] = [];
  for (const [i, band] of judged.entries()) {
    const type = raster.types[i];
    // Bands whose values cannot matter are not read.
    const needed =
      type !== undefined && (rule.kind === 'value' || rule.kind === 'colour' || isFloat || isAlpha(rule, i));
    const data = needed ? await read(band, nativeArray(type, count)) : new Uint8Array(0);
    bands.push({ data: type?.signedByte ? signed(data) : data, offset: 0 });
  }
  const masks: BandSamples[] = [];
  if (test.usesMask) {
    for (const band of judged) {
      const mask = band.getMaskBand();
      if (mask !== null) masks.push({ data: await read(mask, new Uint8Array(count)), offset: 0 });
      if ((band.getMaskFlags() & 2) !== 0) break;
    }
  }
  const invalid = markValid(test, { bands, extras: [], masks, bandIndices }, { valid, at: 0, count });
  return { width, height, valid, validCount: count - invalid, certain: false };
}

const isAlpha = (rule: NoDataRule, i: number): boolean => rule.kind === 'alpha' && rule.band === i + 1;

async function readDecimated(
  raster: OpenRaster,
  band: RasterBand,
  into: { target: NativeArray; width: number; height: number },
): Promise<void> {
  const { width, height } = raster;
  try {
    await band.pixels.readAsync(0, 0, width, height, into.target, {
      buffer_width: into.width,
      buffer_height: into.height,
    });
  } catch (error) {
    throw inputError(
      'READ_FAILED',
      `${raster.href}: reading ${describeWindow({ x: 0, y: 0, width, height })} failed: ${gdalMessage(error)}`,
      {
        hint: 'The file may be cut short or damaged; compare its size with the original.',
        context: { file: raster.href, x: 0, y: 0, width, height },
        cause: error,
      },
    );
  }
}
