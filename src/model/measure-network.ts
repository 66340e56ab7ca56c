import { inputError } from '../core/errors.ts';
import { checkedRun, type NetworkQuestion } from './checked-run.ts';
import { haloChips, measureEffectiveHalo } from './effective-halo.ts';
import { findMultiple, fixedMultiple } from './find-multiple.ts';
import type { OnnxNetwork } from './onnx-network.ts';
import { makeTestChip } from './test-chips.ts';

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
