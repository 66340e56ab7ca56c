import { inputError } from '../core/errors.ts';
import type { RasterBand } from '../raster/gdal.ts';
import type { OpenRaster } from '../raster/open-dataset.ts';
import type { NoDataRule } from '../raster/source-record.ts';

/** What the user says about pixels without data. */
export type NoDataChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'value'; readonly value: number | 'nan' }
  | { readonly kind: 'colour'; readonly colour: readonly number[]; readonly tolerance: number };

const GMF_ALL_VALID = 1;
const GMF_PER_DATASET = 2;
const GMF_ALPHA = 4;
const GMF_NODATA = 8;

/**
 * The rule of a raster: the user's choice, else its alpha band, its mask (internal or in a sidecar), its no-data values.
 * Throws input error BAD_NODATA where a colour has more parts than the raster has bands.
 */
export function noDataRule(raster: OpenRaster, choice: NoDataChoice): NoDataRule {
  if (choice.kind === 'value') return { kind: 'value', values: raster.bands.map(() => choice.value) };
  if (choice.kind === 'colour') return colourRule(raster, choice);
  const alpha = raster.bands.findIndex((band) => band.colorInterpretation === 'Alpha');
  if (alpha >= 0) return { kind: 'alpha', band: alpha + 1 };
  const flags = raster.bands.map((band) => band.getMaskFlags());
  if (flags.some((f) => isMask(f))) return { kind: 'mask' };
  const values = raster.bands.map(noDataOf);
  return values.some((value) => value !== null) ? { kind: 'value', values } : { kind: 'none' };
}

function colourRule(
  raster: OpenRaster,
  choice: { colour: readonly number[]; tolerance: number },
): NoDataRule {
  if (choice.colour.length <= raster.bands.length) {
    return { kind: 'colour', colour: [...choice.colour], tolerance: choice.tolerance };
  }
  throw inputError(
    'BAD_NODATA',
    `${raster.href} has ${raster.bands.length} band(s), but the no-data colour has ${choice.colour.length} parts.`,
    { hint: 'Give one number per band.', context: { file: raster.href, bands: raster.bands.length } },
  );
}

/** A mask of its own: not all valid, not made from no-data values, not an alpha band. */
const isMask = (flags: number): boolean =>
  (flags & (GMF_ALL_VALID | GMF_NODATA)) === 0 &&
  ((flags & GMF_PER_DATASET) !== 0 || (flags & GMF_ALPHA) === 0);

/** A band's no-data value as records keep it. */
export function noDataOf(band: RasterBand): number | 'nan' | null {
  const value = band.noDataValue;
  if (value === null || value === undefined) return null;
  if (Number.isNaN(value)) return 'nan';
  // Infinities have no JSON form; they are never data anyhow.
  return Number.isFinite(value) ? value : null;
}
