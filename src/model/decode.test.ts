import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { decodeInto } from './decode.ts';
import { createDecoder, type Decoder } from './decoder.ts';
import { placementOf } from './placement.ts';
import { accumulateProbabilities, finishProbabilities, probabilitiesInto } from './probabilities.ts';
import { createSigmoidTable, lookUpSigmoid, packBinary, sigmoid } from './sigmoid-table.ts';

const entry = (id: number) => ({ id, name: `class ${id}`, colour: '#123456' });

const binary = (temperature = 1, threshold = 0.5) =>
  createDecoder({
    classes: [entry(7)],
    background: true,
    output: { activation: 'sigmoid', channels: 1, temperature, threshold },
  });

const three = (temperature = 1) =>
  createDecoder({
    classes: [entry(4), entry(9)],
    background: true,
    output: { activation: 'softmax', channels: 3, temperature, threshold: 0.5 },
  });

/** Decodes one row of pixels, channels given one after the other. */
function decodeRow(decoder: Decoder, logits: readonly number[], valid?: readonly number[]) {
  const width = logits.length / decoder.channels;
  const at = { offset: 0, stride: width };
  const target = { classes: new Uint8Array(width), confidence: new Uint8Array(width), at };
  const source = {
    logits: { data: Float32Array.from(logits), plane: width, at },
    valid: { data: valid === undefined ? new Uint8Array(width).fill(1) : Uint8Array.from(valid), at },
  };
  decodeInto(decoder, { width, height: 1 }, source, target);
  return { classes: [...target.classes], confidence: [...target.confidence] };
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The float32 `steps` places above or below a value that is not 0. */
function neighbour(value: number, steps: number): number {
  float[0] = value;
  bits[0] = (bits[0] ?? 0) + (value > 0 ? steps : -steps);
  return float[0] ?? Number.NaN;
}

describe('the sigmoid table', () => {
  it.each([
    [1, 0.5],
    [0.37, 0.2],
    [2.9, 0.85],
    [1, 0],
    [1, 1],
    [1.7, 0.9999],
  ])(
    'gives the formula exactly, around every step and far from them (T %d, threshold %d)',
    (temperature, threshold) => {
      const t = Math.fround(threshold);
      const table = createSigmoidTable(temperature, t);
      const wanted = (x: number) => packBinary(sigmoid(x, temperature), t);
      const wrong: number[] = [];
      for (const start of table.starts.subarray(1, -1)) {
        for (let step = -300; step <= 300; step += 1) {
          const x = start === 0 ? step * 1e-9 : neighbour(start, step);
          if (lookUpSigmoid(table, x) !== wanted(x)) wrong.push(x);
        }
      }
      const random = seededRandom(3);
      for (let i = 0; i < 200_000; i += 1) {
        const x = Math.fround((random() * 2 - 1) * 10 * temperature);
        if (lookUpSigmoid(table, x) !== wanted(x)) wrong.push(x);
      }
      expect(wrong).toEqual([]);
      for (const x of [Infinity, -Infinity, 0, -0, 3e38, -3e38, 1e-45])
        expect(lookUpSigmoid(table, x)).toBe(wanted(x));
      expect(table.packed.length).toBeGreaterThan(100);
    },
  );

  it('has no step for NaN', () => expect(lookUpSigmoid(createSigmoidTable(1, 0.5), Number.NaN)).toBe(0));
});

describe('decodeInto', () => {
  it('gives the class above the threshold, and the confidence of the class that was given', () => {
    const logit = (p: number) => Math.log(p / (1 - p));
    expect(decodeRow(binary(1, 0.3), [0.01, 0.29, 0.31, 0.8, 0.999999].map(logit))).toEqual({
      classes: [0, 0, 7, 7, 7],
      confidence: [252, 181, 79, 204, 255],
    });
  });

  it('gives background at the threshold itself', () => {
    expect(decodeRow(binary(), [0, -Infinity, Infinity])).toEqual({
      classes: [0, 0, 7],
      confidence: [128, 255, 255],
    });
  });

  it('divides logits by the temperature', () => {
    expect(decodeRow(binary(4), [4]).confidence).toEqual(decodeRow(binary(1), [1]).confidence);
    expect(decodeRow(three(4), [4, 0, -4]).confidence).toEqual(decodeRow(three(1), [1, 0, -1]).confidence);
  });

  it('gives the largest channel of a softmax, the earliest at ties', () => {
    // Pixels: background, class 4, class 9, tie of all, tie of the classes; channel after channel.
    const rows = [
      [5, 0, 0, 1, 0],
      [0, 5, 0, 1, 2],
      [0, 0, 5, 1, 2],
    ].flat();
    const got = decodeRow(three(), rows);
    expect(got.classes).toEqual([0, 4, 9, 0, 4]);
    const p5 = Math.round((255 * Math.exp(5)) / (Math.exp(5) + 2));
    expect(got.confidence).toEqual([p5, p5, p5, 85, Math.round((255 * Math.exp(2)) / (2 * Math.exp(2) + 1))]);
  });

  it('never overflows, whatever the logits', () => {
    const got = decodeRow(
      three(),
      [
        [1e30, -1e30],
        [-1e30, 1e30],
        [0, 0],
      ].flat(),
    );
    expect(got).toEqual({ classes: [0, 4], confidence: [255, 255] });
  });

  it('leaves pixels without data as 255 and 0, even where the logit is NaN', () => {
    expect(decodeRow(binary(), [9, Number.NaN], [1, 0])).toEqual({ classes: [7, 255], confidence: [255, 0] });
  });

  it.each([
    ['sigmoid', binary(), [1, Number.NaN]],
    ['softmax', three(), [1, 1, 1, Number.NaN, 1, 1]],
    ['softmax, first channel', three(), [1, Number.NaN, 1, 1, 1, 1]],
    ['softmax, last channel', three(), [1, 1, 1, 1, 1, Number.NaN]],
  ])('refuses NaN in a valid pixel (%s)', (_, decoder, logits) => {
    expect(() => decodeRow(decoder, logits)).toThrow(expect.objectContaining({ code: 'MODEL_NAN' }));
  });

  it('touches the rectangle alone', () => {
    const outer = { x: 10, y: 20, width: 8, height: 6 };
    const chip = { x: 8, y: 18, width: 6, height: 6 };
    const keep = { x: 11, y: 21, width: 2, height: 2 };
    const target = {
      classes: new Uint8Array(48).fill(99),
      confidence: new Uint8Array(48).fill(99),
      at: placementOf(outer, keep),
    };
    const source = {
      logits: {
        data: Float32Array.from({ length: 36 }, (_, i) => (i === 3 * 6 + 4 ? 9 : -9)),
        plane: 36,
        at: placementOf(chip, keep),
      },
      valid: { data: new Uint8Array(48).fill(1), at: placementOf(outer, keep) },
    };
    decodeInto(binary(), keep, source, target);
    expect([...target.classes.subarray(9, 11), ...target.classes.subarray(17, 19)]).toEqual([0, 7, 0, 0]);
    expect(target.classes.filter((value) => value === 99)).toHaveLength(44);
    expect(target.confidence.filter((value) => value === 99)).toHaveLength(44);
  });
});

describe('the probability path', () => {
  const width = 64;
  const at = { offset: 0, stride: width };
  const size = { width, height: width };
  const valid = { data: new Uint8Array(width * width).map((_, i) => (i % 11 === 0 ? 0 : 1)), at };
  const blank = (channels: number) => ({
    data: new Float32Array(channels * width * width),
    weight: new Float32Array(width * width),
    plane: width * width,
    at,
  });
  const randomLogits = (decoder: Decoder, seed: number) => {
    const random = seededRandom(seed);
    const data = Float32Array.from(
      { length: decoder.channels * width * width },
      () => (random() * 2 - 1) * 7,
    );
    // Near ties, where rounding to float32 decides.
    for (let i = 0; i < width; i += 1)
      for (let k = 0; k < decoder.channels; k += 1) data[k * width * width + i] = 1 + k * 6e-8;
    return { data, plane: width * width, at };
  };
  const target = () => ({
    classes: new Uint8Array(width * width),
    confidence: new Uint8Array(width * width),
    at,
  });

  it.each([
    ['sigmoid', binary(1.3, 0.4)],
    ['softmax', three(1.3)],
  ])('equals the direct path where one chip alone covers a pixel (%s)', (_, decoder) => {
    const logits = randomLogits(decoder, 5);
    const [direct, blended] = [target(), target()];
    decodeInto(decoder, size, { logits, valid }, direct);
    const ones = new Float32Array(width).fill(1);
    const blend = blank(decoder.channels);
    accumulateProbabilities(decoder, size, { logits, weights: { columns: ones, rows: ones } }, blend);
    finishProbabilities(decoder, size, { blend, valid }, blended);
    expect(blended).toEqual(direct);
  });

  it('is the weighted mean of the chips', () => {
    const decoder = three();
    const [a, b] = [randomLogits(decoder, 1), randomLogits(decoder, 2)];
    const blend = blank(3);
    const constant = (value: number) => new Float32Array(width).fill(value);
    accumulateProbabilities(
      decoder,
      size,
      { logits: a, weights: { columns: constant(0.5), rows: constant(0.5) } },
      blend,
    );
    accumulateProbabilities(
      decoder,
      size,
      { logits: b, weights: { columns: constant(0.75), rows: constant(1) } },
      blend,
    );
    const [pa, pb] = [blank(3), blank(3)];
    probabilitiesInto(decoder, size, a, pa);
    probabilitiesInto(decoder, size, b, pb);
    blend.data.forEach((sum, i) =>
      expect(sum).toBeCloseTo(0.25 * (pa.data[i] ?? 0) + 0.75 * (pb.data[i] ?? 0), 6),
    );
    expect(new Set(blend.weight)).toEqual(new Set([1]));
  });

  it('refuses a valid pixel that no chip reached', () => {
    const source = { blend: blank(1), valid };
    expect(() => finishProbabilities(binary(), size, source, target())).toThrow(/no chip reached element 1 /);
  });
});

describe('createDecoder', () => {
  it('refuses channels that do not fit the classes', () => {
    const output = { activation: 'softmax' as const, channels: 3, temperature: 1, threshold: 0.5 };
    expect(() => createDecoder({ classes: [entry(1)], background: true, output })).toThrow(
      /3 channels do not fit 2/,
    );
    const sigmoidOutput = { ...output, activation: 'sigmoid' as const, channels: 1 };
    expect(() => createDecoder({ classes: [entry(1)], background: false, output: sigmoidOutput })).toThrow(
      RangeError,
    );
  });
});
