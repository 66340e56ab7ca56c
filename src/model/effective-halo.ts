import { ResflowError } from '../core/errors.ts';
import type { Decoder } from './decoder.ts';
import type { OnnxNetwork } from './onnx-network.ts';
import { probabilitiesInto } from './probabilities.ts';
import { makeTestChip } from './test-chips.ts';

/** How a network's halo is to be measured. */
export interface HaloQuestion {
  /** Input sides; the core and every radius tried are multiples of `multiple`. */
  readonly side: Side;
  readonly multiple: number;
  /** Whether other sides than `side` may be run. */
  readonly anySide: boolean;
  /** Largest change of a probability that counts as none. */
  readonly tolerance: number;
  /** Normalised chips of `side`, two or more. */
  readonly chips: readonly Float32Array[];
}

interface Side {
  readonly height: number;
  readonly width: number;
}

export interface HaloMeasure {
  /** Smallest radius at which the worst change is within the tolerance, pixels; null where none up to `largest` is. */
  readonly pixels: number | null;
  readonly largest: number;
  /** Worst change of a probability at each radius that was tried. */
  readonly changes: ReadonlyMap<number, number>;
}

/** A square of the chip: its corner and side, or where the core lies. */
interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

const CORE = 64;

/** Largest radius that is tried, of a side: enough must be left to change, or the whole image would seem not to matter. */
const KEPT_SHARE = 3 / 8;

/** Chips to measure with where there are no real ones. */
export const haloChips = (bands: number, side: Side, count = 4): Float32Array[] =>
  Array.from({ length: count }, (_, i) => makeTestChip(101 + i, bands, side.height, side.width));

/**
 * The distance beyond which what lies there no longer matters, as the trainer measures it at export: in the middle of
 * each chip stands a core (64 pixels a side, less in small inputs); everything farther than `r` from it is changed in
 * three ways: cut off (padding then enters every convolution, as at a chip's edge; only where any side may be run), made
 * no data, and replaced by another chip. The change is the largest |dp| of any probability of a core, the worst over
 * chips and ways; the halo is the smallest `r` whose change is within the tolerance. By bisection: influence is taken
 * to fall with distance. Costs about 3 * chips * log2(side / multiple) runs.
 */
export async function measureEffectiveHalo(
  network: OnnxNetwork,
  decoder: Decoder,
  question: HaloQuestion,
): Promise<HaloMeasure> {
  const probe = new HaloProbe(network, decoder, question);
  const { multiple, tolerance } = question;
  const { core } = probe;
  const reach = Math.min(core.x, core.y, KEPT_SHARE * Math.min(question.side.height, question.side.width));
  const largest = Math.floor(reach / multiple) * multiple;
  const changes = new Map<number, number>();
  const isEnough = async (radius: number): Promise<boolean> => {
    const change = await probe.worstChange(radius);
    changes.set(radius, change);
    return change <= tolerance;
  };
  if (!(await isEnough(largest))) return { pixels: null, largest, changes };
  let [tooSmall, enough] = [-1, largest / multiple];
  while (enough - tooSmall > 1) {
    const middle = Math.floor((tooSmall + enough) / 2);
    if (await isEnough(middle * multiple)) enough = middle;
    else tooSmall = middle;
  }
  return { pixels: enough * multiple, largest, changes };
}

class HaloProbe {
  readonly core: Square;
  readonly #network: OnnxNetwork;
  readonly #decoder: Decoder;
  readonly #question: HaloQuestion;
  readonly #expected: (Float32Array | undefined)[] = [];

  constructor(network: OnnxNetwork, decoder: Decoder, question: HaloQuestion) {
    this.#network = network;
    this.#decoder = decoder;
    this.#question = question;
    const { side, multiple } = question;
    const aligned = (length: number) => Math.floor(length / multiple) * multiple;
    const least = Math.min(side.height, side.width);
    const coreSide = Math.max(multiple, aligned(Math.min(CORE, least / 8)));
    this.core = {
      x: aligned((side.width - coreSide) / 2),
      y: aligned((side.height - coreSide) / 2),
      side: coreSide,
    };
  }

  async worstChange(radius: number): Promise<number> {
    const { chips, side, anySide } = this.#question;
    const { core } = this;
    const kept = { x: core.x - radius, y: core.y - radius, side: core.side + 2 * radius };
    let worst = 0;
    for (const [index, chip] of chips.entries()) {
      const expected = (this.#expected[index] ??= await this.#coreOf(chip, side, core));
      const other = chips[(index + 1) % chips.length] ?? chip;
      const changed = [new Float32Array(chip.length), Float32Array.from(other)];
      for (const surroundings of changed) {
        copySquare(chip, surroundings, side, kept);
        worst = Math.max(worst, largestChange(expected, await this.#coreOf(surroundings, side, core)));
      }
      if (anySide)
        worst = Math.max(worst, largestChange(expected, await this.#coreOfCrop(chip, kept, radius)));
    }
    return worst;
  }

  /** Null where the network cannot run so small an input. */
  async #coreOfCrop(chip: Float32Array, kept: Square, radius: number): Promise<Float32Array | null> {
    const crop = cropSquare(chip, this.#question.side, kept);
    const inCrop = { x: radius, y: radius, side: this.core.side };
    try {
      return await this.#coreOf(crop, { height: kept.side, width: kept.side }, inCrop);
    } catch (error) {
      if (error instanceof ResflowError && error.code === 'MODEL_RUN') return null;
      throw error;
    }
  }

  async #coreOf(input: Float32Array, side: Side, core: Square): Promise<Float32Array> {
    const { data } = await this.#network.run(input, {
      n: 1,
      c: this.#network.axes.bands,
      h: side.height,
      w: side.width,
    });
    const plane = core.side * core.side;
    const out = new Float32Array(this.#decoder.channels * plane);
    const at = { offset: core.y * side.width + core.x, stride: side.width };
    const logits = { data, plane: side.height * side.width, at };
    const target = { data: out, plane, at: { offset: 0, stride: core.side } };
    probabilitiesInto(this.#decoder, { width: core.side, height: core.side }, logits, target);
    return out;
  }
}

function largestChange(a: Float32Array, b: Float32Array | null): number {
  if (b === null) return Infinity;
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? 0))), 0);
}

function copySquare(from: Float32Array, to: Float32Array, side: Side, square: Square): void {
  for (let plane = 0; plane < from.length; plane += side.height * side.width) {
    for (let row = square.y; row < square.y + square.side; row += 1) {
      const start = plane + row * side.width + square.x;
      to.set(from.subarray(start, start + square.side), start);
    }
  }
}

function cropSquare(from: Float32Array, side: Side, square: Square): Float32Array {
  const bands = from.length / (side.height * side.width);
  const crop = new Float32Array(bands * square.side * square.side);
  for (let row = 0; row < bands * square.side; row += 1) {
    const sourceRow = Math.floor(row / square.side) * side.height + square.y + (row % square.side);
    const start = sourceRow * side.width + square.x;
    crop.set(from.subarray(start, start + square.side), row * square.side);
  }
  return crop;
}
