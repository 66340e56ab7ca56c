import type { Decoder } from './decoder.ts';
import type { OnnxNetwork, ShapeNCHW } from './onnx-network.ts';
import { probabilitiesInto } from './probabilities.ts';
import { makeTestChip } from './test-chips.ts';

/** How a network's halo is to be measured. */
export interface HaloQuestion {
  /** Input sides; the inner block and every radius tried are multiples of `multiple`. */
  readonly side: { readonly height: number; readonly width: number };
  readonly multiple: number;
  /** Largest change of a probability that counts as none. */
  readonly tolerance: number;
  /** Normalised chips of `side`, two or more; each is looked at with its surroundings taken from the next. */
  readonly chips: readonly Float32Array[];
}

export interface HaloMeasure {
  /** Smallest radius at which the worst change is within the tolerance, pixels; null where none up to `largest` is. */
  readonly pixels: number | null;
  readonly largest: number;
  /** Worst change of a probability at each radius that was tried. */
  readonly changes: ReadonlyMap<number, number>;
}

/** Largest radius that is tried, of a side: enough must be left to replace, or the whole image would seem not to matter. */
const KEPT_SHARE = 3 / 8;

/** Chips to measure with where there are no real ones. */
export const haloChips = (bands: number, side: HaloQuestion['side'], count = 4): Float32Array[] =>
  Array.from({ length: count }, (_, i) => makeTestChip(101 + i, bands, side.height, side.width));

/**
 * The distance beyond which what lies there no longer matters: in the middle of each chip stands a block of
 * `multiple` x `multiple` pixels (so every phase of the network's pooling is seen); all pixels farther than `r` from
 * it, in columns or rows, are replaced by another chip's; the change is the largest |dp| of any probability in the
 * block, the worst over all chips. The halo is the smallest `r` whose change is within the tolerance, by bisection:
 * influence is taken to fall with distance. Costs chips * (1 + log2(side / multiple)) runs.
 */
export async function measureEffectiveHalo(
  network: OnnxNetwork,
  decoder: Decoder,
  question: HaloQuestion,
): Promise<HaloMeasure> {
  const { multiple } = question;
  const inner = middleBlock(question);
  const reach = Math.min(inner.x, inner.y, KEPT_SHARE * Math.min(question.side.height, question.side.width));
  const largest = Math.floor(reach / multiple) * multiple;
  const changes = new Map<number, number>();
  const originals = await Promise.all(
    question.chips.map((chip) => blockProbabilities(network, decoder, question, chip)),
  );
  const isEnough = async (radius: number): Promise<boolean> => {
    const change = await worstChange(network, decoder, question, { originals, radius });
    changes.set(radius, change);
    return change <= question.tolerance;
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

async function worstChange(
  network: OnnxNetwork,
  decoder: Decoder,
  question: HaloQuestion,
  against: { readonly originals: readonly Float32Array[]; readonly radius: number },
): Promise<number> {
  let worst = 0;
  for (const [i, chip] of question.chips.entries()) {
    const other = question.chips[(i + 1) % question.chips.length] ?? chip;
    const changed = replaceOutside(question, chip, other, against.radius);
    const got = await blockProbabilities(network, decoder, question, changed);
    const original = against.originals[i] ?? new Float32Array();
    for (let j = 0; j < got.length; j += 1)
      worst = Math.max(worst, Math.abs((got[j] ?? 0) - (original[j] ?? 0)));
  }
  return worst;
}

/** The block in the middle, in phase with the pooling. */
function middleBlock({ side, multiple }: HaloQuestion): { x: number; y: number } {
  const middle = (length: number) => Math.floor((length / 2 - multiple / 2) / multiple) * multiple;
  return { x: middle(side.width), y: middle(side.height) };
}

function replaceOutside(
  question: HaloQuestion,
  chip: Float32Array,
  other: Float32Array,
  radius: number,
): Float32Array {
  const { side, multiple } = question;
  const { x, y } = middleBlock(question);
  const result = Float32Array.from(other);
  const plane = side.height * side.width;
  const from = x - radius;
  const to = x + multiple + radius;
  for (let start = 0; start < chip.length; start += plane) {
    for (let row = y - radius; row < y + multiple + radius; row += 1) {
      const at = start + row * side.width;
      result.set(chip.subarray(at + from, at + to), at + from);
    }
  }
  return result;
}

async function blockProbabilities(
  network: OnnxNetwork,
  decoder: Decoder,
  question: HaloQuestion,
  chip: Float32Array,
): Promise<Float32Array> {
  const { side, multiple } = question;
  const { x, y } = middleBlock(question);
  const shape: ShapeNCHW = { n: 1, c: network.axes.bands, h: side.height, w: side.width };
  const { data } = await network.run(chip, shape);
  const plane = multiple * multiple;
  const out = new Float32Array(decoder.channels * plane);
  const logits = {
    data,
    plane: side.height * side.width,
    at: { offset: y * side.width + x, stride: side.width },
  };
  const target = { data: out, plane, at: { offset: 0, stride: multiple } };
  probabilitiesInto(decoder, { width: multiple, height: multiple }, logits, target);
  return out;
}
