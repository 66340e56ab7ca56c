import { inputError } from '../core/errors.ts';
import { NO_CLASS } from './class-record.ts';
import type { Decoder, SigmoidDecoder, SoftmaxDecoder } from './decoder.ts';
import type { Placement } from './placement.ts';
import { confidenceByte, lookUpSigmoid, packBinary } from './sigmoid-table.ts';

export interface RectangleSize {
  readonly width: number;
  readonly height: number;
}

/** The logits of one image, (channels, height, width), and where the rectangle lies in each channel. */
export interface LogitsRectangle {
  readonly data: Float32Array;
  /** Elements from one channel to the next. */
  readonly plane: number;
  readonly at: Placement;
}

/** A mask, (height, width): 1 where the pixel holds data; and where the rectangle lies in it. */
export interface MaskRectangle {
  readonly data: Uint8Array;
  readonly at: Placement;
}

/** Class ids (255: no data) and confidences (0: no data), one layout for both, and where the rectangle lies. */
export interface ClassTarget {
  readonly classes: Uint8Array;
  readonly confidence: Uint8Array;
  readonly at: Placement;
}

/**
 * Logits of a rectangle of one chip to class and confidence bytes, as `Decoder` defines them, written straight into a
 * larger image. Invalid pixels become 255 and 0. The same bytes as probabilities and `finishProbabilities` give for a
 * pixel that one chip alone covers. Throws input error MODEL_NAN where a valid pixel's logit is not a number.
 */
export function decodeInto(
  decoder: Decoder,
  size: RectangleSize,
  source: { readonly logits: LogitsRectangle; readonly valid: MaskRectangle },
  target: ClassTarget,
): void {
  if (decoder.activation === 'sigmoid') decodeSigmoid(decoder, size, source, target);
  else decodeSoftmax(decoder, size, source, target);
}

interface ChipSource {
  readonly logits: LogitsRectangle;
  readonly valid: MaskRectangle;
}

function decodeSigmoid(
  decoder: SigmoidDecoder,
  size: RectangleSize,
  source: ChipSource,
  target: ClassTarget,
): void {
  const logits = source.logits.data;
  const valid = source.valid.data;
  const { classes, confidence } = target;
  const { table, classId } = decoder;
  for (let row = 0; row < size.height; row += 1) {
    const { from, mask, to } = rowStarts(row, source, target);
    for (let i = 0; i < size.width; i += 1) {
      if (valid[mask + i] === 0) {
        classes[to + i] = NO_CLASS;
        confidence[to + i] = 0;
        continue;
      }
      const step = lookUpSigmoid(table, logits[from + i] ?? Number.NaN);
      if (step === 0) throw nanError();
      classes[to + i] = step > 255 ? classId : 0;
      confidence[to + i] = step;
    }
  }
}

function decodeSoftmax(
  decoder: SoftmaxDecoder,
  size: RectangleSize,
  source: ChipSource,
  target: ClassTarget,
): void {
  const scratch = softmaxScratch(decoder.channels);
  for (let row = 0; row < size.height; row += 1) {
    const { from, mask, to } = rowStarts(row, source, target);
    for (let i = 0; i < size.width; i += 1) {
      let packed = NO_DATA;
      if (source.valid.data[mask + i] !== 0) {
        softmaxPixel(source.logits, from + i, decoder.temperature, scratch);
        packed = packSoftmax(decoder, scratch.probabilities);
        if (packed === 0) throw nanError();
      }
      target.classes[to + i] = packed >> 8;
      target.confidence[to + i] = packed & 255;
    }
  }
}

const rowStarts = (row: number, { logits, valid }: ChipSource, target: ClassTarget) => ({
  from: logits.at.offset + row * logits.at.stride,
  mask: valid.at.offset + row * valid.at.stride,
  to: target.at.offset + row * target.at.stride,
});

/** Class id in bits 8-15, confidence in bits 0-7. */
export const NO_DATA = NO_CLASS << 8;

/** Room for one pixel's softmax; `probabilities` is the result. */
export interface SoftmaxScratch {
  readonly exps: Float64Array;
  readonly probabilities: Float32Array;
}

export const softmaxScratch = (channels: number): SoftmaxScratch => ({
  exps: new Float64Array(channels),
  probabilities: new Float32Array(channels),
});

/** Softmax over the channels of one pixel, as float32. Any NaN makes them all NaN. */
export function softmaxPixel(
  logits: LogitsRectangle,
  index: number,
  temperature: number,
  scratch: SoftmaxScratch,
): void {
  const { data, plane } = logits;
  const { exps, probabilities } = scratch;
  let largest = -Infinity;
  for (let k = 0; k < exps.length; k += 1) {
    const logit = data[index + k * plane] ?? Number.NaN;
    exps[k] = logit;
    // Written so that NaN is taken up, and kept by the comparison below.
    largest = logit <= largest ? largest : logit;
  }
  let sum = 0;
  for (let k = 0; k < exps.length; k += 1) {
    const logit = exps[k] ?? Number.NaN;
    const value = logit === largest ? 1 : Math.exp((logit - largest) / temperature);
    exps[k] = value;
    sum += value;
  }
  for (let k = 0; k < exps.length; k += 1) probabilities[k] = (exps[k] ?? Number.NaN) / sum;
}

/** The most probable channel's class id and confidence, packed; the earliest channel at ties; 0 for NaN. */
export function packSoftmax(decoder: SoftmaxDecoder, probabilities: Float32Array): number {
  let best = 0;
  let p = probabilities[0] ?? Number.NaN;
  for (let k = 1; k < probabilities.length; k += 1) {
    const other = probabilities[k] ?? Number.NaN;
    if (other > p) [best, p] = [k, other];
  }
  return p === p ? ((decoder.classIds[best] ?? NO_CLASS) << 8) | confidenceByte(p) : 0;
}

/** Class and confidence of a float32 probability of the class, packed; 0 for NaN. */
export function packSigmoid(decoder: SigmoidDecoder, p: number): number {
  if (p !== p) return 0;
  const step = packBinary(p, decoder.threshold);
  return step > 255 ? (decoder.classId << 8) | (step & 255) : step;
}

export const nanError = () =>
  inputError('MODEL_NAN', 'The network gave values that are not numbers (NaN).', {
    hint: 'Its weights may be damaged, or its inputs may overflow; try another model or variant.',
  });
