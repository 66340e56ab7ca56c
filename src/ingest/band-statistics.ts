import type { Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { readRows, type NativeSource } from '../raster/native-rows.ts';
import type { OpenRaster } from '../raster/open-dataset.ts';
import { chooseLevel } from '../raster/pyramid-level.ts';
import type { NoDataRule } from '../raster/source-record.ts';
import { validityTest } from '../raster/validity.ts';
import { histogram, summarise, type Histogram, type Summary } from './histogram.ts';
import { sampleWindows, windowsAtValid } from './sample-windows.ts';
import type { ValidMask } from './valid-mask.ts';

export interface BandStatistics {
  readonly summary: Summary;
  readonly histogram: Histogram;
}

/** Pixels, and samples of all bands, that are kept of a scene. */
const PIXEL_BUDGET = 4_000_000;
const SAMPLE_BUDGET = 16_000_000;
/** Fewer valid pixels than this do not describe a scene that has more. */
const ENOUGH = 4096;

/**
 * Statistics and histogram of every band over valid pixels: of all pixels where the scene has at most four million,
 * else of a fixed lattice of windows at full resolution. Not from overviews: averaging narrows the spread, so scenes
 * with and without overviews would be normalised differently. Null where no valid pixel was met.
 */
export async function bandStatistics(
  raster: OpenRaster,
  rule: NoDataRule,
  mask: ValidMask,
): Promise<BandStatistics[] | null> {
  const source = nativeLevel(raster, rule);
  const budget = Math.min(PIXEL_BUDGET, Math.floor(SAMPLE_BUDGET / raster.bands.length));
  const samples = await collect(source, raster, sampleWindows(source.level, budget));
  const few = samples.every((band) => band.length < ENOUGH) && mask.validCount > 0;
  if (few && raster.width * raster.height > budget) {
    const more = await collect(source, raster, windowsAtValid(source.level, mask));
    if ((more[0]?.length ?? 0) > (samples[0]?.length ?? 0))
      return more.map((values, i) => describe(raster, i, values));
  }
  if ((samples[0]?.length ?? 0) === 0) return null;
  return samples.map((values, i) => describe(raster, i, values));
}

function describe(raster: OpenRaster, band: number, values: Float64Array): BandStatistics {
  const summary = summarise(values);
  const bytes = raster.types[band]?.sample === 'uint8';
  return {
    summary,
    histogram: histogram(values, bytes ? [-0.5, 255.5] : [summary.minimum, summary.maximum]),
  };
}

/** All bands at full size; each read in its own type. */
function nativeLevel(raster: OpenRaster, rule: NoDataRule): NativeSource {
  const [first] = raster.types;
  if (first === undefined) throw new RangeError('a raster without bands');
  const indices = raster.bands.map((_, i) => i + 1);
  const mixed = raster.types.some((t) => t.sample !== first.sample);
  const native = mixed
    ? { ...first, block: 'float32' as const, bytes: 8, wide: true, signedByte: false }
    : first;
  const test = validityTest(
    rule,
    indices,
    raster.types.some((t) => t.sample.startsWith('float')),
  );
  const own: WorkingGrid = {
    width: raster.width,
    height: raster.height,
    scaleX: 1,
    scaleY: 1,
    transform: [0, 1, 0, 0, 0, 1],
    gsdMetres: 1,
  };
  const level = chooseLevel(raster.bands, own, { usesMask: test.usesMask, allowOverviews: false });
  return { href: raster.href, level, native, test, bandIndices: indices, fixedTiles: false };
}

/** The valid samples of the windows, per band. */
async function collect(
  source: NativeSource,
  raster: OpenRaster,
  windows: readonly Window[],
): Promise<Float64Array[]> {
  const total = windows.reduce((sum, w) => sum + w.width * w.height, 0);
  const samples = raster.bands.map(() => new Float64Array(total));
  let kept = 0;
  for (const window of windows) {
    const rows = await readRows(source, window);
    rows.bands.forEach((data, b) => {
      const out = samples[b];
      let at = kept;
      if (out === undefined) return;
      for (let i = 0; i < data.length; i++) if (rows.valid[i] === 1) out[at++] = data[i] ?? 0;
    });
    kept += rows.valid.length - rows.invalid;
  }
  return samples.map((values) => values.subarray(0, kept));
}
