import { inputError } from '../core/errors.ts';
import { describeWindow, type Window } from '../geo/window.ts';
import { readFixedTiles } from './fixed-tiles.ts';
import { gdalMessage, type RasterBand } from './gdal.ts';
import { nativeArray, type NativeArray, type NativeType } from './native-type.ts';
import type { PixelBlock } from './pixel-block.ts';
import type { PyramidLevel } from './pyramid-level.ts';
import { markValid, type BandSamples, type ValidityTest } from './validity.ts';

/** Rows of one level: pixels as read, invalid ones 0 in every band. */
export interface NativeRows {
  readonly y: number;
  readonly rows: number;
  /** Per band (rows, width). */
  readonly bands: readonly NativeArray[];
  /** (rows, width). */
  readonly valid: Uint8Array;
  readonly invalid: number;
}

export interface NativeSource {
  readonly href: string;
  readonly level: PyramidLevel;
  readonly native: NativeType;
  readonly test: ValidityTest;
  /** 1-based indices of the level's first bands, as asked for; the level's further bands are the test's extras. */
  readonly bandIndices: readonly number[];
  /** Pixels must be read by tiles at fixed places to be always the same. */
  readonly fixedTiles: boolean;
}

/** What a strip may take in GDAL's block cache and in our buffers, so that interleaved bands are decoded once. */
const STRIP_BYTES = 12 * 2 ** 20;

/** Row ranges that cover [from, to), cut at block rows, each within the strip budget where blocks allow. */
export function planStrips(source: NativeSource, window: Window): Window[] {
  const { level, native } = source;
  const columns = Math.min(level.width, Math.ceil(window.width / level.blockWidth + 1) * level.blockWidth);
  const rowBytes = columns * native.bytes * (level.bands.length + level.masks.length);
  const blockRows = Math.max(1, Math.floor(STRIP_BYTES / rowBytes / level.blockHeight));
  const stripRows = blockRows * level.blockHeight;
  const strips: Window[] = [];
  const end = window.y + window.height;
  for (let y = window.y; y < end;) {
    const next = Math.min(end, (Math.floor(y / stripRows) + 1) * stripRows);
    strips.push({ x: window.x, y, width: window.width, height: next - y });
    y = next;
  }
  return strips;
}

/**
 * Reads one band's window, which lies on the level, into `target` on GDAL's thread; rows lie `stride` samples apart.
 * Throws input error READ_FAILED.
 */
export async function readBand(
  source: { href: string; fixedTiles?: boolean },
  band: RasterBand,
  window: Window,
  target: { readonly data: NativeArray; readonly stride: number },
): Promise<void> {
  const { data, stride } = target;
  const { x, y, width, height } = window;
  try {
    if (source.fixedTiles) await readFixedTiles(band, window, data, stride);
    else {
      const options = { line_space: stride * data.BYTES_PER_ELEMENT };
      await band.pixels.readAsync(x, y, width, height, data, options);
    }
  } catch (error) {
    throw inputError(
      'READ_FAILED',
      `${source.href}: reading ${describeWindow(window)} failed: ${gdalMessage(error)}`,
      {
        hint: 'The file may be cut short or damaged (compare its size with the original), or the connection was lost; mend it and run the same command again.',
        context: { file: source.href, x, y, width, height },
        cause: error,
      },
    );
  }
}

/** Reads a strip with its validity. */
export async function readRows(source: NativeSource, strip: Window): Promise<NativeRows> {
  const { level, native, test, bandIndices } = source;
  const { width } = strip;
  const count = width * strip.height;
  const all: NativeArray[] = [];
  for (const band of level.bands) {
    const data = nativeArray(native, count);
    await readBand(source, band, strip, { data, stride: width });
    all.push(native.signedByte ? signed(data) : data);
  }
  const masks = await readMasks(source, strip);
  const bands = all.slice(0, bandIndices.length);
  const valid = new Uint8Array(count);
  const invalid = markValid(
    test,
    { bands: bands.map(whole), extras: all.slice(bandIndices.length).map(whole), masks, bandIndices },
    { valid, at: 0, count },
  );
  if (invalid > 0) bands.forEach((data) => clearInvalid(data, valid));
  return { y: strip.y, rows: strip.height, bands, valid, invalid };
}

/**
 * Reads a strip with its validity straight into the block in whose window it lies; level and block have the same pixels
 * and sample type.
 */
export async function readRowsInto(source: NativeSource, strip: Window, block: PixelBlock): Promise<void> {
  const { level, native, test, bandIndices } = source;
  const stride = block.window.width;
  const plane = stride * block.window.height;
  const start = (strip.y - block.window.y) * stride + strip.x - block.window.x;
  const end = start + (strip.height - 1) * stride + strip.width;
  const bands = bandIndices.map((_, b) => block.data.subarray(b * plane + start, b * plane + end));
  const extras: NativeArray[] = [];
  for (const [i, band] of level.bands.entries()) {
    const asked = bands[i];
    const data = asked ?? nativeArray(native, strip.width * strip.height);
    if (asked === undefined) extras.push(data);
    await readBand(source, band, strip, { data, stride: asked === undefined ? strip.width : stride });
  }
  const masks = await readMasks(source, strip);
  const valid = block.valid.subarray(start, end);
  // All at once where nothing lies between the rows.
  const [steps, count] = strip.width === stride ? [1, valid.length] : [strip.height, strip.width];
  for (let step = 0; step < steps; step += 1) {
    const [at, packed] = [step * stride, step * strip.width];
    const pixels = {
      bands: bands.map((data) => ({ data, offset: at })),
      extras: extras.map((data) => ({ data, offset: packed })),
      masks: masks.map(({ data }) => ({ data, offset: packed })),
      bandIndices,
    };
    if (markValid(test, pixels, { valid, at, count }) === 0) continue;
    const mask = valid.subarray(at, at + count);
    bands.forEach((data) => clearInvalid(data.subarray(at, at + count), mask));
  }
}

async function readMasks(source: NativeSource, strip: Window): Promise<BandSamples[]> {
  const masks: BandSamples[] = [];
  for (const mask of source.level.masks) {
    const data = new Uint8Array(strip.width * strip.height);
    await readBand(source, mask, strip, { data, stride: strip.width });
    masks.push({ data, offset: 0 });
  }
  return masks;
}

const whole = (data: NativeArray): BandSamples => ({ data, offset: 0 });

/** Bytes read as unsigned, seen as the signed numbers they are. */
export function signed(bytes: NativeArray): Int16Array {
  const out = new Int16Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = ((bytes[i] ?? 0) << 24) >> 24;
  return out;
}

/** Sets pixels that are not valid to 0. */
export function clearInvalid(data: NativeArray, valid: Uint8Array): void {
  for (let i = 0; i < valid.length; i++) if (valid[i] === 0) data[i] = 0;
}
