import type { Window } from '../geo/window.ts';
import { bytesOf } from '../core/bytes-of.ts';
import type { BlockData, BlockType, PixelBlock } from '../raster/pixel-block.ts';
import type { Normalisation } from './card.ts';
import { commonPlacement, type Placement } from './placement.ts';

/** A scene's statistics, per band in the network's order, as taken at ingest. */
export interface BandStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** One band's pixel values to network inputs, made once per scene: a table for integers, the formula for floats. */
type BandMap = TableMap | FormulaMap;

interface TableMap {
  readonly kind: 'table';
  readonly table: Float32Array;
  /** The sample value of the table's first entry. */
  readonly lowest: number;
}

interface FormulaMap {
  readonly kind: 'formula';
  readonly value: (x: number) => number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Normaliser {
  readonly type: BlockType;
  readonly bands: readonly BandMap[];
}

/** Below this a band counts as constant: the divisor is held here, so that nothing is divided by 0. */
const LEAST_STD = 1e-6;

const TABLES: Readonly<Record<BlockType, { lowest: number; length: number } | null>> = {
  uint8: { lowest: 0, length: 256 },
  uint16: { lowest: 0, length: 65536 },
  int16: { lowest: -32768, length: 65536 },
  float32: null,
};

/**
 * Prepares the card's normalisation for one scene and sample type. Every step is rounded to float32, so the result has
 * the same bits as NumPy on float32 arrays with float32 scalars, which is what the trainer computes:
 * `scene`: clip((x - mean) / max(std, 1e-6), -clip, clip); `fixed`: (x * scale - mean) / std. NaN becomes 0.
 * `statistics` counts only for `scene`. Throws RangeError where there are fewer statistics than bands.
 */
export function createNormaliser(
  normalisation: Normalisation,
  statistics: BandStatistics,
  bands: number,
  type: BlockType,
): Normaliser {
  const maps: BandMap[] = [];
  for (let band = 0; band < bands; band += 1) {
    const value = bandFormula(normalisation, statistics, band);
    const range = TABLES[type];
    if (range === null) maps.push({ kind: 'formula', value });
    else {
      const table = Float32Array.from({ length: range.length }, (_, i) => value(i + range.lowest));
      maps.push({ kind: 'table', table, lowest: range.lowest });
    }
  }
  return { type, bands: maps };
}

function bandFormula(
  normalisation: Normalisation,
  statistics: BandStatistics,
  band: number,
): (x: number) => number {
  const { mean: means, std: stds } = normalisation.kind === 'scene' ? statistics : normalisation;
  const mean = Math.fround(means[band] ?? Number.NaN);
  const givenStd = Math.fround(stds[band] ?? Number.NaN);
  if (Number.isNaN(mean) || Number.isNaN(givenStd))
    throw new RangeError(`no statistics for band ${band + 1}`);
  if (normalisation.kind === 'scene') {
    const std = Math.max(givenStd, Math.fround(LEAST_STD));
    const clip = Math.fround(normalisation.clip);
    return (x) => {
      const z = Math.fround(Math.fround(x - mean) / std);
      return z > clip ? clip : z < -clip ? -clip : z === z ? z : 0;
    };
  }
  const scale = Math.fround(normalisation.scale);
  return (x) => {
    const z = Math.fround(Math.fround(Math.fround(x * scale) - mean) / givenStd);
    return z === z ? z : 0;
  };
}

/**
 * Writes the normalised pixels of `window` (by default the block's own) into `out`, (bands, height, width), one image
 * of a batch. Pixels without data, and those of the window outside the block, become 0. No allocation.
 * Throws RangeError where sizes, bands or types do not fit.
 */
export function normaliseInto(
  out: Float32Array,
  block: PixelBlock,
  normaliser: Normaliser,
  window: Window = block.window,
): void {
  const plane = window.width * window.height;
  if (
    block.type !== normaliser.type ||
    block.bands !== normaliser.bands.length ||
    out.length !== plane * block.bands
  ) {
    throw new RangeError(
      `${block.bands} ${block.type} bands of ${plane} pixels do not fit a normaliser of ${normaliser.bands.length} ${normaliser.type} bands into ${out.length} floats`,
    );
  }
  const common = commonPlacement(block.window, window);
  if (common === null || common.width < window.width || common.height < window.height) out.fill(0);
  if (common === null) return;
  const blockPlane = block.window.width * block.window.height;
  normaliser.bands.forEach((map, band) => {
    const source = {
      data: block.data,
      offset: band * blockPlane + common.inA.offset,
      stride: common.inA.stride,
    };
    const mask = { data: block.valid, ...common.inA };
    const target = { data: out, offset: band * plane + common.inB.offset, stride: common.inB.stride };
    if (map.kind === 'table') mapByTable(map, common, { source, mask, target });
    else mapByFormula(map.value, common, { source, mask, target });
  });
}

interface Rectangle<T> extends Placement {
  readonly data: T;
}

interface Arrays {
  readonly source: Rectangle<BlockData>;
  readonly mask: Rectangle<Uint8Array>;
  readonly target: Rectangle<Float32Array>;
}

// Indices are in range by construction, hence `as number`: a `?? 0` in this loop costs a third of its speed.
function mapByTable(map: TableMap, size: Size, { source, mask, target }: Arrays): void {
  const { table, lowest } = map;
  const { data } = source;
  const valids = bytesOf(mask.data);
  const out = target.data;
  for (let row = 0; row < size.height; row += 1) {
    const from = source.offset + row * source.stride;
    const valid = mask.offset + row * mask.stride;
    const to = target.offset + row * target.stride;
    for (let i = 0; i < size.width; i += 1) {
      out[to + i] = table[(data[from + i] as number) - lowest] as number;
    }
    if (!valids.subarray(valid, valid + size.width).includes(0)) continue;
    for (let i = 0; i < size.width; i += 1) if (valids[valid + i] === 0) out[to + i] = 0;
  }
}

function mapByFormula(value: FormulaMap['value'], size: Size, { source, mask, target }: Arrays): void {
  const { data } = source;
  const valids = mask.data;
  const out = target.data;
  for (let row = 0; row < size.height; row += 1) {
    const from = source.offset + row * source.stride;
    const valid = mask.offset + row * mask.stride;
    const to = target.offset + row * target.stride;
    for (let i = 0; i < size.width; i += 1) {
      out[to + i] = valids[valid + i] === 0 ? 0 : value(data[from + i] ?? 0);
    }
  }
}
