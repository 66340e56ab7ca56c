import { nanError, NO_DATA, packSigmoid, packSoftmax, softmaxPixel, softmaxScratch } from './decode.ts';
import type { ClassTarget, LogitsRectangle, MaskRectangle, RectangleSize } from './decode.ts';
import type { Decoder } from './decoder.ts';
import type { Placement } from './placement.ts';
import { sigmoid } from './sigmoid-table.ts';

/** float32 probabilities, (channels, height, width): sigmoid: of the class alone; and where a rectangle lies in each channel. */
export interface ProbabilityRectangle {
  readonly data: Float32Array;
  readonly plane: number;
  readonly at: Placement;
}

/** Weighted sums of probabilities where chips blend, and the sum of weights, (height, width), in the same layout. */
export interface BlendRectangle extends ProbabilityRectangle {
  readonly weight: Float32Array;
}

/** Weight of a chip's pixel: rows[y] * columns[x] within the rectangle. */
export interface SeparableWeights {
  readonly columns: Float32Array;
  readonly rows: Float32Array;
}

/** Writes the probabilities of a rectangle of one chip's logits. NaN logits give NaN. */
export function probabilitiesInto(
  decoder: Decoder,
  size: RectangleSize,
  logits: LogitsRectangle,
  target: ProbabilityRectangle,
): void {
  eachPixel(decoder, size, logits, (probabilities, row, column) => {
    const to = target.at.offset + row * target.at.stride + column;
    for (let k = 0; k < probabilities.length; k += 1)
      target.data[to + k * target.plane] = probabilities[k] ?? 0;
  });
}

/**
 * Adds weight * probability of a rectangle of one chip to the sums, and the weight to the weights. Sums are float32, so
 * their last bit depends on the order of chips: add them in the plan's order.
 */
export function accumulateProbabilities(
  decoder: Decoder,
  size: RectangleSize,
  source: { readonly logits: LogitsRectangle; readonly weights: SeparableWeights },
  target: BlendRectangle,
): void {
  const { columns, rows } = source.weights;
  eachPixel(decoder, size, source.logits, (probabilities, row, column) => {
    const to = target.at.offset + row * target.at.stride + column;
    const weight = Math.fround((rows[row] ?? 0) * (columns[column] ?? 0));
    target.weight[to] = (target.weight[to] ?? 0) + weight;
    for (let k = 0; k < probabilities.length; k += 1) {
      const at = to + k * target.plane;
      target.data[at] = (target.data[at] ?? 0) + weight * (probabilities[k] ?? 0);
    }
  });
}

/**
 * Blended probabilities (sum / weight) to class and confidence bytes, as `decodeInto` gives them for one chip alone.
 * Invalid pixels become 255 and 0. Throws input error MODEL_NAN; RangeError where no chip reached a valid pixel.
 */
export function finishProbabilities(
  decoder: Decoder,
  size: RectangleSize,
  source: { readonly blend: BlendRectangle; readonly valid: MaskRectangle },
  target: ClassTarget,
): void {
  const { blend, valid } = source;
  const probabilities = new Float32Array(decoder.channels);
  for (let row = 0; row < size.height; row += 1) {
    const from = blend.at.offset + row * blend.at.stride;
    const mask = valid.at.offset + row * valid.at.stride;
    const to = target.at.offset + row * target.at.stride;
    for (let i = 0; i < size.width; i += 1) {
      const packed =
        valid.data[mask + i] === 0 ? NO_DATA : finishPixel(decoder, blend, from + i, probabilities);
      target.classes[to + i] = packed >> 8;
      target.confidence[to + i] = packed & 255;
    }
  }
}

function finishPixel(
  decoder: Decoder,
  blend: BlendRectangle,
  at: number,
  probabilities: Float32Array,
): number {
  const weight = blend.weight[at] ?? 0;
  if (weight === 0) throw new RangeError(`no chip reached element ${at} of the blend`);
  for (let k = 0; k < probabilities.length; k += 1) {
    probabilities[k] = (blend.data[at + k * blend.plane] ?? Number.NaN) / weight;
  }
  const packed =
    decoder.activation === 'sigmoid'
      ? packSigmoid(decoder, probabilities[0] ?? Number.NaN)
      : packSoftmax(decoder, probabilities);
  if (packed === 0) throw nanError();
  return packed;
}

function eachPixel(
  decoder: Decoder,
  size: RectangleSize,
  logits: LogitsRectangle,
  visit: (probabilities: Float32Array, row: number, column: number) => void,
): void {
  const scratch = softmaxScratch(decoder.channels);
  const { probabilities } = scratch;
  for (let row = 0; row < size.height; row += 1) {
    const from = logits.at.offset + row * logits.at.stride;
    for (let column = 0; column < size.width; column += 1) {
      if (decoder.activation === 'softmax') softmaxPixel(logits, from + column, decoder.temperature, scratch);
      else probabilities[0] = sigmoid(logits.data[from + column] ?? Number.NaN, decoder.temperature);
      visit(probabilities, row, column);
    }
  }
}
