import { contractError, inputError } from '../core/errors.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { dependsOnWindow } from './fixed-tiles.ts';
import type { NativeSource } from './native-rows.ts';
import { commonBlockType, type NativeType } from './native-type.ts';
import type { OpenRaster } from './open-dataset.ts';
import type { RasterBand } from './gdal.ts';
import { chooseLevel, type PyramidLevel } from './pyramid-level.ts';
import type { NoDataRule, SourceIdentity } from './source-record.ts';
import { validityTest } from './validity.ts';

/** What is to be read: a source, its bands (from 1, in the order wanted), and what is known of it. */
export interface SceneSpec {
  readonly href: string;
  readonly bands: readonly number[];
  readonly noData: NoDataRule;
  /** Pixels of the source, as recorded. */
  readonly width: number;
  readonly height: number;
  /** Checked at opening unless null. */
  readonly identity: SourceIdentity | null;
}

/**
 * How an open raster is read for a spec and a grid: bands, their common type, the pyramid level, the no-data test.
 * Throws contract error SOURCE_CHANGED where its size is not the recorded one, input error BAND_MISSING.
 */
export function nativeSource(spec: SceneSpec, raster: OpenRaster, grid: WorkingGrid): NativeSource {
  const allowOverviews = spec.noData.kind !== 'colour';
  return nativeSourceAt(spec, raster, (bands, usesMask) =>
    chooseLevel(bands, grid, { usesMask, allowOverviews }),
  );
}

/** The same at a level that is picked among those of the bands. */
export function nativeSourceAt(
  spec: SceneSpec,
  raster: OpenRaster,
  pick: (bands: readonly RasterBand[], usesMask: boolean) => PyramidLevel,
): NativeSource {
  if (raster.width !== spec.width || raster.height !== spec.height) {
    throw contractError(
      'SOURCE_CHANGED',
      `${spec.href} has ${raster.width} x ${raster.height} pixels, but ${spec.width} x ${spec.height} when it was added.`,
      {
        hint: 'Add it again with `resflow scene add --replace`.',
        context: { file: spec.href, width: raster.width, height: raster.height },
      },
    );
  }
  const bandTypes = spec.bands.map((band) => typeOfBand(spec, raster, band));
  const native = commonType(bandTypes);
  const test = validityTest(spec.noData, spec.bands, native.block === 'float32' && bandTypes.some(isFloat));
  const indices = [...spec.bands, ...test.extraBands];
  const bands = indices.map((band) => {
    typeOfBand(spec, raster, band);
    return raster.dataset.bands.get(band);
  });
  const level = pick(bands, test.usesMask);
  const fixedTiles = dependsOnWindow(raster.dataset);
  return { href: spec.href, level, native, test, bandIndices: spec.bands, fixedTiles };
}

const isFloat = (type: NativeType): boolean => type.sample.startsWith('float');

function typeOfBand(spec: SceneSpec, raster: OpenRaster, band: number): NativeType {
  const type = raster.types[band - 1];
  if (type !== undefined) return type;
  throw inputError('BAND_MISSING', `${spec.href} has no band ${band}; it has ${raster.types.length}.`, {
    hint: 'Bands count from 1; `resflow scene show ID` lists them.',
    context: { file: spec.href, band, bands: raster.types.length },
  });
}

/** One way of reading for all bands: their own where they agree, else the narrowest that holds them all. */
function commonType(types: readonly NativeType[]): NativeType {
  const [first] = types;
  if (first === undefined) throw new RangeError('openSceneReader: no bands asked for');
  if (types.every((t) => t.sample === first.sample)) return first;
  const block = commonBlockType(types);
  const bytes = Math.max(...types.map((t) => t.bytes));
  return { sample: block, block, bytes, signedByte: false, wide: block === 'float32' };
}
