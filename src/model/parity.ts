import { readFile } from 'node:fs/promises';
import { contractError, inputError, systemErrorCode } from '../core/errors.ts';
import { readNpy, type NpyArray } from './npy.ts';
import { describeShape, type OnnxNetwork, type ShapeNCHW } from './onnx-network.ts';

export interface Reference {
  readonly input: NpyArray;
  readonly output: NpyArray;
  readonly files: { readonly input: string; readonly output: string };
  readonly tolerance: number;
}

export interface Parity {
  /** Largest |ours - reference| / max(1, |reference|) over all logits. */
  readonly worst: number;
  readonly tolerance: number;
}

/** Reads a normalised input and the logits it gave elsewhere. Throws input errors NPY_MISSING and BAD_NPY. */
export async function readReference(files: {
  readonly input: string;
  readonly output: string;
  readonly tolerance: number;
}): Promise<Reference> {
  const [input, output] = await Promise.all([readArray(files.input), readArray(files.output)]);
  return { input, output, files, tolerance: files.tolerance };
}

async function readArray(file: string): Promise<NpyArray> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT' && systemErrorCode(error) !== 'EISDIR') throw error;
    throw inputError('NPY_MISSING', `There is no reference array ${file}.`, {
      hint: 'Give two .npy files: --reference INPUT.npy OUTPUT.npy',
      context: { file },
      cause: error,
    });
  });
  return readNpy(bytes, file);
}

/**
 * Runs the reference input, (bands, h, w) or (n, bands, h, w), and compares logits. Throws contract error MODEL_PARITY
 * where shapes differ or a logit is off by more than the tolerance (of itself, or of 1 if it is smaller).
 */
export async function checkParity(network: OnnxNetwork, reference: Reference, file: string): Promise<Parity> {
  const { tolerance } = reference;
  const input = shapeOf(reference.input, reference.files.input);
  const expected = shapeOf(reference.output, reference.files.output);
  const { data, shape } = await network.run(reference.input.data, input);
  if (describeShape(shape) !== describeShape(expected)) {
    throw mismatch(
      reference,
      `its output is ${describeShape(shape)}, the reference ${describeShape(expected)}`,
      file,
    );
  }
  let worst = 0;
  for (let i = 0; i < data.length; i += 1) {
    const wanted = reference.output.data[i] ?? Number.NaN;
    const difference = Math.abs((data[i] ?? Number.NaN) - wanted) / Math.max(1, Math.abs(wanted));
    // NaN on either side counts as infinitely far.
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  if (worst <= tolerance) return { worst, tolerance };
  throw mismatch(
    reference,
    `its logits are off by up to ${worst.toPrecision(3)}, and ${tolerance} is allowed`,
    file,
  );
}

function shapeOf(array: NpyArray, file: string): ShapeNCHW {
  const [n, c, h, w] = array.shape.length === 3 ? [1, ...array.shape] : array.shape;
  if (n !== undefined && c !== undefined && h !== undefined && w !== undefined && array.shape.length <= 4)
    return { n, c, h, w };
  throw inputError(
    'BAD_NPY',
    `${file} has ${array.shape.length} axes (${array.shape.join('x')}); needed are channels, rows, columns.`,
    {
      hint: 'Save an array of (channels, height, width) or (batch, channels, height, width).',
      context: { file },
    },
  );
}

const mismatch = (reference: Reference, why: string, file: string) =>
  contractError(
    'MODEL_PARITY',
    `${file} does not give the reference output ${reference.files.output}: ${why}.`,
    {
      hint: 'Check that the reference input is normalised, that the network was in evaluation mode, and that the output holds logits; or allow more with --reference-tolerance.',
      context: { file, limit: reference.tolerance, reference: reference.files.output },
    },
  );
