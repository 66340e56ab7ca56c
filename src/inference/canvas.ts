import { intersectWindows, type Window } from '../geo/window.ts';
import { NO_CLASS } from '../model/class-record.ts';
import { decodeInto } from '../model/decode.ts';
import type { Decoder } from '../model/decoder.ts';
import { placementOf } from '../model/placement.ts';
import { accumulateProbabilities, finishProbabilities } from '../model/probabilities.ts';
import { bytesOf } from '../core/bytes-of.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';
import type { Chip } from '../tiling/plan-chips.ts';
import { blendWeights } from './blend-weights.ts';

/** Where a region's chips are painted. */
export interface Canvas {
  /** `logits` of the chip's input window (channels, height, width); null for the no-op classifier. */
  paint(chip: Chip, logits: Float32Array | null, pixels: PixelBlock): void;
  /** Leaves a chip without data. Every chip of the region is painted or skipped. */
  skip(chip: Chip): void;
  finish(): { classes: Uint8Array; confidence: Uint8Array; validPixels: number };
}

/** Memory for a canvas, used again for region after region: fresh pages cost as much as painting them. */
export class CanvasMemory {
  #classes = new Uint8Array(0);
  #confidence = new Uint8Array(0);
  #routed: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];

  /** Layers of so many pixels; what they hold is undefined; those given before are no longer anybody's. */
  take(pixels: number): Layers {
    if (this.#classes.length < pixels) {
      this.#classes = new Uint8Array(pixels);
      this.#confidence = new Uint8Array(pixels);
    }
    return {
      classes: this.#classes.subarray(0, pixels),
      confidence: this.#confidence.subarray(0, pixels),
    };
  }

  /** Two more layers, for routed maps. */
  takeRouted(pixels: number): [Uint8Array, Uint8Array] {
    if (this.#routed[0].length < pixels) this.#routed = [new Uint8Array(pixels), new Uint8Array(pixels)];
    return [this.#routed[0].subarray(0, pixels), this.#routed[1].subarray(0, pixels)];
  }
}

/** A region ready for chips; without a decoder all valid pixels become background, with certainty. */
export function createCanvas(
  region: Window,
  decoder: Decoder | null,
  blendPixels: number,
  memory: CanvasMemory,
): Canvas {
  const layers = memory.take(region.width * region.height);
  if (decoder === null) return noopCanvas(region, layers);
  return blendPixels === 0
    ? cutCanvas(region, decoder, layers)
    : blendCanvas(region, { decoder, blendPixels }, layers);
}

/** (height, width): class ids, 255 without data; confidences, 0 without data. */
export interface Layers {
  readonly classes: Uint8Array;
  readonly confidence: Uint8Array;
}

const ROW_BYTES = 16384;

/** Pixels with data. Counts by stretches: searching a byte is native code, and most stretches hold data throughout. */
export function countValid(layers: Layers): number {
  const confidence = bytesOf(layers.confidence);
  let validPixels = confidence.length;
  for (let start = 0; start < confidence.length; start += ROW_BYTES) {
    const stretch = confidence.subarray(start, start + ROW_BYTES);
    for (let i = stretch.indexOf(0); i >= 0 && i < stretch.length; i += 1)
      validPixels -= stretch[i] === 0 ? 1 : 0;
  }
  return validPixels;
}

const finished = (layers: Layers) => ({ ...layers, validPixels: countValid(layers) });

/** Every pixel comes from the one chip whose core holds it. */
function cutCanvas(region: Window, decoder: Decoder, layers: Layers): Canvas {
  return {
    paint({ keep, input }, logits, pixels) {
      if (logits === null) throw new Error('a decoder without logits');
      const source = {
        logits: { data: logits, plane: input.width * input.height, at: placementOf(input, keep) },
        valid: { data: pixels.valid, at: placementOf(pixels.window, keep) },
      };
      decodeInto(decoder, keep, source, { ...layers, at: placementOf(region, keep) });
    },
    skip: ({ keep }) => clearLayers(layers, region, keep),
    finish: () => finished(layers),
  };
}

/** Probabilities of neighbouring chips blend linearly over a band on both sides of their common edge. */
function blendCanvas(
  region: Window,
  { decoder, blendPixels }: { decoder: Decoder; blendPixels: number },
  layers: Layers,
): Canvas {
  const plane = region.width * region.height;
  const sums = new Float32Array(plane * decoder.channels);
  const weight = new Float32Array(plane);
  const valid = new Uint8Array(plane);
  const whole = { offset: 0, stride: region.width };
  return {
    paint(chip, logits, pixels) {
      if (logits === null) throw new Error('a decoder without logits');
      const { keep, input } = chip;
      const source = {
        logits: { data: logits, plane: input.width * input.height, at: placementOf(input, keep) },
        weights: blendWeights(chip, blendPixels),
      };
      accumulateProbabilities(decoder, keep, source, {
        data: sums,
        plane,
        weight,
        at: placementOf(region, keep),
      });
      copyMask(pixels, valid, region, keep);
    },
    // Pixels count as valid only where a chip said so.
    skip: () => undefined,
    finish() {
      const source = { blend: { data: sums, plane, weight, at: whole }, valid: { data: valid, at: whole } };
      finishProbabilities(decoder, region, source, { ...layers, at: whole });
      return finished(layers);
    },
  };
}

function noopCanvas(region: Window, layers: Layers): Canvas {
  return {
    paint({ keep }, _logits, pixels) {
      const from = placementOf(pixels.window, keep);
      const to = placementOf(region, keep);
      const valid = bytesOf(pixels.valid);
      for (let row = 0; row < keep.height; row += 1) {
        const mask = valid.subarray(
          from.offset + row * from.stride,
          from.offset + row * from.stride + keep.width,
        );
        const start = to.offset + row * to.stride;
        if (!mask.includes(0)) {
          layers.classes.fill(0, start, start + keep.width);
          layers.confidence.fill(255, start, start + keep.width);
          continue;
        }
        for (let i = 0; i < keep.width; i += 1) {
          layers.classes[start + i] = mask[i] === 1 ? 0 : NO_CLASS;
          layers.confidence[start + i] = mask[i] === 1 ? 255 : 0;
        }
      }
    },
    skip: ({ keep }) => clearLayers(layers, region, keep),
    finish: () => finished(layers),
  };
}

function clearLayers({ classes, confidence }: Layers, region: Window, keep: Window): void {
  const { offset, stride } = placementOf(region, keep);
  for (let row = 0; row < keep.height; row += 1) {
    const start = offset + row * stride;
    classes.fill(NO_CLASS, start, start + keep.width);
    confidence.fill(0, start, start + keep.width);
  }
}

function copyMask(pixels: PixelBlock, valid: Uint8Array, region: Window, keep: Window): void {
  if (intersectWindows(pixels.window, keep) === null) return;
  const from = placementOf(pixels.window, keep);
  const to = placementOf(region, keep);
  for (let row = 0; row < keep.height; row += 1) {
    const start = from.offset + row * from.stride;
    valid.set(pixels.valid.subarray(start, start + keep.width), to.offset + row * to.stride);
  }
}
