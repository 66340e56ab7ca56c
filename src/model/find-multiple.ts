import { inputError, ResflowError } from '../core/errors.ts';
import { checkedRun, type NetworkQuestion } from './checked-run.ts';
import type { OnnxNetwork } from './onnx-network.ts';
import { probabilitiesInto } from './probabilities.ts';
import { makeTestChip } from './test-chips.ts';

const MULTIPLES = [1, 2, 4, 8, 16, 32, 64, 128];
const PROBE_SIDE = 256;

/** The card's, or the largest power of two up to 32 that divides the size and leaves room for a core and halos. */
export function fixedMultiple(fixed: { height: number; width: number }, question: NetworkQuestion): number {
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
export async function findMultiple(network: OnnxNetwork, question: NetworkQuestion): Promise<number> {
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
