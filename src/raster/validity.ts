import type { NativeArray } from './native-type.ts';
import type { NoDataRule } from './source-record.ts';

/** A band as validity sees it: `count` samples from `offset` on. */
export interface BandSamples {
  readonly data: NativeArray;
  readonly offset: number;
}

/** What one raster needs to tell valid pixels from others. */
export interface ValidityTest {
  /** Bands (1-based) whose values decide, beside the bands read anyhow. */
  readonly extraBands: readonly number[];
  readonly usesMask: boolean;
  /** False: every pixel is valid, always. */
  readonly active: boolean;
  readonly rule: NoDataRule;
  /** Per read band: its no-data value, or null. */
  readonly values: readonly (number | null)[];
  /** Float types: NaN and infinities are never data. */
  readonly checkFinite: boolean;
}

/** Builds the test for reading `bands` (1-based) of a raster of float or integer samples. */
export function validityTest(rule: NoDataRule, bands: readonly number[], isFloat: boolean): ValidityTest {
  const values =
    rule.kind === 'value'
      ? bands.map((band) => {
          const value = rule.values[band - 1] ?? null;
          return value === 'nan' ? null : value;
        })
      : bands.map(() => null);
  const needed =
    rule.kind === 'alpha' ? [rule.band] : rule.kind === 'colour' ? rule.colour.map((_, i) => i + 1) : [];
  return {
    extraBands: needed.filter((band) => !bands.includes(band)),
    usesMask: rule.kind === 'mask',
    active: isFloat || (rule.kind === 'value' ? values.some((v) => v !== null) : rule.kind !== 'none'),
    rule,
    values,
    checkFinite: isFloat,
  };
}

/** A value that light cannot have measured: one band that holds it spoils the pixel. */
const impossible = (value: number): boolean => value < 0 || value > 1e30;

/**
 * Writes 1 or 0 for `count` pixels into `valid` from `at` on, and says how many are invalid.
 * No-data values that are ordinary numbers (0, 255) count only where *all* bands read hold theirs, as dark or bright
 * pixels have single bands at the limit; values below 0 or beyond 1e30 spoil a pixel in any band, as do NaN and infinity.
 * `bands` are the read bands; `extras` those of `test.extraBands`; `masks` the mask bands.
 */
export function markValid(
  test: ValidityTest,
  pixels: {
    bands: readonly BandSamples[];
    extras: readonly BandSamples[];
    masks: readonly BandSamples[];
    bandIndices: readonly number[];
  },
  target: { valid: Uint8Array; at: number; count: number },
): number {
  const { valid, at, count } = target;
  valid.fill(1, at, at + count);
  if (!test.active) return 0;
  if (test.checkFinite) for (const band of pixels.bands) dropNonFinite(band, target);
  const { rule } = test;
  if (rule.kind === 'value') dropValues(test, pixels.bands, target);
  else if (rule.kind === 'mask') dropUnmasked(pixels.masks, target);
  else if (rule.kind === 'alpha') {
    const index = pixels.bandIndices.indexOf(rule.band);
    const alpha = index >= 0 ? pixels.bands[index] : pixels.extras[0];
    if (alpha !== undefined) dropUnmasked([alpha], target);
  } else if (rule.kind === 'colour') {
    const samples = rule.colour.map((_, i) => {
      const index = pixels.bandIndices.indexOf(i + 1);
      return index >= 0 ? pixels.bands[index] : pixels.extras[test.extraBands.indexOf(i + 1)];
    });
    dropColour(rule, samples, target);
  }
  let invalid = 0;
  for (let i = at; i < at + count; i++) invalid += 1 - (valid[i] ?? 0);
  return invalid;
}

interface Target {
  readonly valid: Uint8Array;
  readonly at: number;
  readonly count: number;
}

function dropNonFinite({ data, offset }: BandSamples, { valid, at, count }: Target): void {
  for (let i = 0; i < count; i++) {
    const v = data[offset + i] ?? 0;
    // NaN - NaN and Infinity - Infinity are NaN, which equals nothing.
    if (v - v !== 0) valid[at + i] = 0;
  }
}

function dropValues(test: ValidityTest, bands: readonly BandSamples[], target: Target): void {
  const { valid, at, count } = target;
  const all = new Uint16Array(count);
  let ordinary = 0;
  test.values.forEach((value, b) => {
    const band = bands[b];
    if (value === null || band === undefined) return;
    if (impossible(value)) dropEqual(band, value, target);
    else {
      ordinary++;
      countEqual(band, value, all);
    }
  });
  if (ordinary === 0 || ordinary < bands.length) return;
  for (let i = 0; i < count; i++) if (all[i] === ordinary) valid[at + i] = 0;
}

function dropEqual({ data, offset }: BandSamples, value: number, { valid, at, count }: Target): void {
  const near = data instanceof Float32Array ? Math.fround(value) : value;
  const beyond = Math.abs(near) >= 3.4028234e38;
  for (let i = 0; i < count; i++) {
    const v = data[offset + i] ?? 0;
    if (v === near || (beyond && Math.abs(v) >= 3.4028234e38)) valid[at + i] = 0;
  }
}

function countEqual({ data, offset }: BandSamples, value: number, counts: Uint16Array): void {
  const near = data instanceof Float32Array ? Math.fround(value) : value;
  for (let i = 0; i < counts.length; i++) if (data[offset + i] === near) counts[i] = (counts[i] ?? 0) + 1;
}

/** A pixel stays where any of the masks is not 0. */
function dropUnmasked(masks: readonly BandSamples[], { valid, at, count }: Target): void {
  for (let i = 0; i < count; i++) {
    let any = masks.length === 0;
    for (const { data, offset } of masks) any ||= (data[offset + i] ?? 0) > 0;
    if (!any) valid[at + i] = 0;
  }
}

function dropColour(
  rule: { colour: readonly number[]; tolerance: number },
  samples: readonly (BandSamples | undefined)[],
  { valid, at, count }: Target,
): void {
  for (let i = 0; i < count; i++) {
    let same = true;
    for (let b = 0; b < samples.length && same; b++) {
      const sample = samples[b];
      const v = sample?.data[sample.offset + i] ?? Number.NaN;
      same = Math.abs(v - (rule.colour[b] ?? 0)) <= rule.tolerance;
    }
    if (same) valid[at + i] = 0;
  }
}
