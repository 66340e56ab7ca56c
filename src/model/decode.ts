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
  const decodePixel = pixelDecoder(decoder, source.logits);
  const { logits, valid } = source;
  for (let row = 0; row < size.height; row += 1) {
    const from = logits.at.offset + row * logits.at.stride;
    const mask = valid.at.offset + row * valid.at.stride;
    const to = target.at.offset + row * target.at.stride;
    for (let i = 0; i < size.width; i += 1) {
      const packed = valid.data[mask + i] === 0 ? NO_DATA : decodePixel(from + i);
      if (packed === 0) throw nanError();
      target.classes[to + i] = packed >> 8;
      target.confidence[to + i] = packed & 255;
    }
  }
}

/** Class id in bits 8-15, confidence in bits 0-7. */
export const NO_DATA = NO_CLASS << 8;

/** The packed class and confidence of the pixel at an index of the first channel; 0 where a logit is no number. */
function pixelDecoder(decoder: Decoder, logits: LogitsRectangle): (index: number) => number {
  if (decoder.activation === 'sigmoid')
    return (index) => sigmoidPixel(decoder, logits.data[index] ?? Number.NaN);
  const probabilities = new Float32Array(decoder.channels);
  return (index) => {
    softmaxPixel(logits, index, decoder.temperature, probabilities);
    return packSoftmax(decoder, probabilities);
  };
}

function sigmoidPixel(decoder: SigmoidDecoder, logit: number): number {
  const step = lookUpSigmoid(decoder.table, logit);
  return step > 255 ? (decoder.classId << 8) | (step & 255) : step;
}

/** Softmax over the channels of one pixel, written to `out` as float32. Any NaN makes them all NaN. */
export function softmaxPixel(
  logits: LogitsRectangle,
  index: number,
  temperature: number,
  out: Float32Array,
): void {
  const { data, plane } = logits;
  let largest = data[index] ?? Number.NaN;
  for (let k = 1; k < out.length; k += 1) largest = Math.max(largest, data[index + k * plane] ?? Number.NaN);
  let sum = 0;
  for (let k = 0; k < out.length; k += 1) {
    sum += Math.exp(((data[index + k * plane] ?? Number.NaN) - largest) / temperature);
  }
  for (let k = 0; k < out.length; k += 1) {
    out[k] = Math.exp(((data[index + k * plane] ?? Number.NaN) - largest) / temperature) / sum;
  }
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
