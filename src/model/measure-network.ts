import { contractError, inputError, ResflowError } from '../core/errors.ts';
import type { Decoder } from './decoder.ts';
import { haloChips, measureEffectiveHalo } from './effective-halo.ts';
import { describeShape, type OnnxNetwork, type ShapeNCHW } from './onnx-network.ts';
import { probabilitiesInto } from './probabilities.ts';
import { makeTestChip } from './test-chips.ts';

/** What is asked of a network before it is served. */
export interface NetworkQuestion {
  /** For messages. */
  readonly file: string;
  readonly decoder: Decoder;
  /** For networks of a fixed size; null: by default. */
  readonly multiple: number | null;
  /** Largest change of a probability that counts as none, 0..1. */
  readonly tolerance: number;
}

export interface NetworkMeasure {
  readonly multiple: number;
  readonly fixed: { readonly height: number; readonly width: number } | null;
  readonly haloPixels: number;
  /** Worst change of a probability by what lies beyond the halo. */
  readonly haloChange: number;
  readonly msPerMegapixel: number;
  /** What is allowed but looks wrong. */
  readonly warnings: readonly string[];
}

const MULTIPLES = [1, 2, 4, 8, 16, 32, 64, 128];
const PROBE_SIDE = 256;
/** Sides of the chips the halo is looked for in, until one is large enough. */
const HALO_SIDES = [256, 512, 1024];
/** Side at which the cost is measured. */
const TIMED_SIDE = 512;

/**
 * Finds out by running it how a network must be fed: sides, halo, cost. Errors: MODEL_BATCH, MODEL_AXES (input): axes
 * fixed in a way that cannot be served; MODEL_SIZE (input): no multiple up to 128 works; MODEL_OUTPUT (contract): not a
 * value per class and input pixel; MODEL_NAN (input); MODEL_HALO (input): it sees farther than chips can be cut.
 */
export async function measureNetwork(
  network: OnnxNetwork,
  question: NetworkQuestion,
): Promise<NetworkMeasure> {
  const fixed = fixedSize(network, question.file);
  const multiple = fixed === null ? await findMultiple(network, question) : fixedMultiple(fixed, question);
  const sides = fixed === null ? HALO_SIDES.map((side) => ({ height: side, width: side })) : [fixed];
  const timedSide = fixed ?? { height: TIMED_SIDE, width: TIMED_SIDE };
  const { logits, ms } = await timedRun(network, question, timedSide);
  const halo = await findHalo(network, question, sides, multiple);
  return {
    multiple,
    fixed,
    haloPixels: halo.pixels,
    haloChange: halo.change,
    msPerMegapixel: ms / ((timedSide.height * timedSide.width) / 1e6),
    warnings: warningsOf(logits),
  };
}

function fixedSize(network: OnnxNetwork, file: string): { height: number; width: number } | null {
  const { batch, height, width } = network.axes;
  if (batch !== null && batch !== 1) {
    throw inputError(
      'MODEL_BATCH',
      `${file} takes batches of ${batch} only; 1 or any number can be served.`,
      {
        hint: 'Export with a batch axis of 1, or a dynamic one.',
        context: { file, actual: batch, limit: 1 },
      },
    );
  }
  if (height === null && width === null) return null;
  if (height !== null && width !== null) return { height, width };
  throw inputError(
    'MODEL_AXES',
    `${file} fixes one of height (${height ?? 'any'}) and width (${width ?? 'any'}), not both.`,
    {
      hint: 'Export with both dynamic, or both fixed.',
      context: { file },
    },
  );
}

/** The card's, or the largest power of two up to 32 that divides the size and leaves room for a core and halos. */
function fixedMultiple(fixed: { height: number; width: number }, question: NetworkQuestion): number {
  const divides = (m: number) => fixed.height % m === 0 && fixed.width % m === 0;
  const multiple =
    question.multiple ??
    MULTIPLES.filter((m) => m <= Math.min(32, fixed.height / 8, fixed.width / 8) && divides(m)).at(-1) ??
    1;
  if (divides(multiple)) return multiple;
  throw inputError(
    'MODEL_SIZE',
    `${question.file} takes ${fixed.width}x${fixed.height} pixels, no multiple of the card's ${multiple}.`,
    {
      hint: 'Correct `multiple` on the card, or leave it out.',
      context: { file: question.file, limit: multiple, actual: [fixed.height, fixed.width] },
    },
  );
}

/**
 * The smallest power of two by which sides may grow, and by which the image may shift under the network without moving
 * its answers: pooling makes the answer depend on where its cells lie, even where any size is taken.
 */
async function findMultiple(network: OnnxNetwork, question: NetworkQuestion): Promise<number> {
  let smallestThatRuns: number | null = null;
  let refusal: ResflowError | null = null;
  for (const multiple of MULTIPLES) {
    try {
      const change = await shiftChange(network, question, multiple);
      smallestThatRuns ??= multiple;
      if (change <= question.tolerance) return multiple;
    } catch (error) {
      if (!(error instanceof ResflowError) || !['MODEL_RUN', 'MODEL_OUTPUT'].includes(error.code))
        throw error;
      refusal = error;
    }
  }
  if (smallestThatRuns !== null) return smallestThatRuns;
  if (refusal?.code === 'MODEL_OUTPUT') throw refusal;
  throw inputError(
    'MODEL_SIZE',
    `${question.file} ran on no size that was tried (256 + 1, 2, 4, ... 128 pixels): ${refusal?.message ?? ''}`,
    {
      hint: 'Export with a fixed height and width, if the network needs one certain size.',
      context: { file: question.file },
      cause: refusal,
    },
  );
}

/** Worst change of a probability in the middle when the window moves by `shift` pixels over the same image. */
async function shiftChange(network: OnnxNetwork, question: NetworkQuestion, shift: number): Promise<number> {
  const side = PROBE_SIDE + shift;
  const whole = side + shift;
  const bands = network.axes.bands;
  const image = makeTestChip(7, bands, whole, whole);
  const middle = { x: side / 2 - 16, width: 32 };
  const at = async (offset: number): Promise<Float32Array> => {
    const crop = new Float32Array(bands * side * side);
    for (let row = 0; row < bands * side; row += 1) {
      const from = (Math.floor(row / side) * whole + (row % side) + offset) * whole + offset;
      crop.set(image.subarray(from, from + side), row * side);
    }
    const logits = await checkedRun(network, question, crop, { height: side, width: side });
    const start = Math.floor(middle.x) + shift - offset;
    const out = new Float32Array(question.decoder.channels * middle.width ** 2);
    probabilitiesInto(
      question.decoder,
      { width: middle.width, height: middle.width },
      { data: logits, plane: side * side, at: { offset: start * side + start, stride: side } },
      { data: out, plane: middle.width ** 2, at: { offset: 0, stride: middle.width } },
    );
    return out;
  };
  const [before, after] = [await at(0), await at(shift)];
  return before.reduce((worst, p, i) => Math.max(worst, Math.abs(p - (after[i] ?? 0))), 0);
}

async function findHalo(
  network: OnnxNetwork,
  question: NetworkQuestion,
  sides: readonly { height: number; width: number }[],
  multiple: number,
): Promise<{ pixels: number; change: number }> {
  const { decoder, tolerance } = question;
  let reached = 0;
  for (const side of sides) {
    const chips = haloChips(network.axes.bands, side);
    const halo = await measureEffectiveHalo(network, decoder, {
      side,
      multiple,
      anySide: network.axes.height === null,
      tolerance,
      chips,
    });
    if (halo.pixels !== null) return { pixels: halo.pixels, change: halo.changes.get(halo.pixels) ?? 0 };
    reached = Math.max(reached, halo.largest);
  }
  throw inputError(
    'MODEL_HALO',
    `${question.file} is moved by more than ${tolerance} by what lies ${reached} pixels away; chips cannot be cut for it.`,
    {
      hint: 'Networks that look at the whole image (global pooling, attention) make seams. Allow more with --halo-tolerance, or export with a larger input.',
      context: { file: question.file, limit: tolerance, actual: reached },
    },
  );
}

async function timedRun(
  network: OnnxNetwork,
  question: NetworkQuestion,
  side: { height: number; width: number },
): Promise<{ logits: Float32Array; ms: number }> {
  const chip = makeTestChip(1, network.axes.bands, side.height, side.width);
  const logits = await checkedRun(network, question, chip, side);
  let ms = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 2; i += 1) {
    const start = process.hrtime.bigint();
    await checkedRun(network, question, chip, side);
    ms = Math.min(ms, Number(process.hrtime.bigint() - start) / 1e6);
  }
  return { logits, ms };
}

/** Logits of one image, checked to be finite and one per class and pixel. */
async function checkedRun(
  network: OnnxNetwork,
  { file, decoder }: NetworkQuestion,
  input: Float32Array,
  side: { readonly height: number; readonly width: number },
): Promise<Float32Array> {
  const given: ShapeNCHW = { n: 1, c: network.axes.bands, h: side.height, w: side.width };
  const { data, shape } = await network.run(input, given);
  const wanted = { ...given, c: decoder.channels };
  if (describeShape(shape) !== describeShape(wanted)) {
    throw contractError(
      'MODEL_OUTPUT',
      `${file} gives ${describeShape(shape)} for an input of ${describeShape(given)}; its card asks for ${describeShape(wanted)}.`,
      {
        hint: 'Networks must give a logit per class and input pixel: up-sample the output inside the network, or correct classes, background and activation on the card.',
        context: { file, actual: describeShape(shape), limit: describeShape(wanted) },
      },
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return data;
  throw inputError(
    'MODEL_NAN',
    `${file} gave ${String(data[bad])} for ordinary normalised pixels (mean 0, deviation 1).`,
    {
      hint: 'Its weights may be damaged; run it in the framework it comes from.',
      context: { file },
    },
  );
}

function warningsOf(logits: Float32Array): string[] {
  const [least, most] = logits.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Infinity, -Infinity],
  );
  if (least === most) return ['Every output is the same: is the network trained?'];
  if (least >= 0 && most <= 1) {
    return [
      'All outputs lie in 0..1: the network seems to apply its activation itself, but RESFlow expects logits and applies it again.',
    ];
  }
  return [];
}
