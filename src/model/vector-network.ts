import type { InferenceSession } from 'onnxruntime-node';
import { contractError, inputError } from '../core/errors.ts';
import { createSession, describeRunError, type NetworkOptions } from './onnx-network.ts';

/** A loaded network that gives one vector per item: chips to embeddings, embeddings to activations. */
export interface VectorNetwork {
  /** Lengths of an item's axes, the batch left out; null where the file leaves them open. */
  readonly itemShape: readonly (number | null)[];
  /** Items a run takes: any number (null), or the only one. */
  readonly batch: number | null;
  /** Length of a vector; null where the file leaves it open. */
  readonly dims: number | null;
  /** Items one after the other, of the shape given, to their vectors. Blocks the event loop while it runs. */
  run(items: Float32Array, shape: readonly number[]): Promise<{ data: Float32Array; dims: number }>;
  close(): Promise<void>;
}

/**
 * Loads an ONNX network with one float32 input of `rank` axes and one float32 output (batch, dims).
 * Errors: MODEL_NOT_ONNX, MODEL_EXTERNAL_DATA, MODEL_INPUTS, MODEL_OUTPUTS (input), MODEL_MEMORY (resource).
 */
export async function openVectorNetwork(
  bytes: Uint8Array,
  options: NetworkOptions & { readonly rank: 2 | 4 },
): Promise<VectorNetwork> {
  const { Tensor } = await import('onnxruntime-node');
  const session = await createSession(bytes, options);
  try {
    const { input, output, inputShape, outputShape } = readEnds(session, options);
    const [batch = null, ...itemShape] = inputShape;
    return {
      itemShape,
      batch,
      dims: outputShape[1] ?? null,
      async run(items, shape) {
        const feeds = { [input]: new Tensor('float32', items, [...shape]) };
        const outputs = await session.run(feeds, [output]).catch((error: unknown) => {
          throw describeRunError(error, shape.join('x'), options.file);
        });
        return readVectors(outputs[output], shape[0] ?? 0, options.file);
      },
      close: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function readEnds(session: InferenceSession, { file, rank }: NetworkOptions & { rank: number }) {
  const [input, ...moreInputs] = session.inputMetadata;
  const [output, ...moreOutputs] = session.outputMetadata;
  const isFloat = (end: typeof input, axes: number): end is InferenceSession.TensorValueMetadata =>
    end?.isTensor === true && end.type === 'float32' && end.shape.length === axes;
  if (!isFloat(input, rank) || moreInputs.length > 0) {
    throw inputError('MODEL_INPUTS', `${file} does not take one float32 input of ${rank} axes.`, {
      hint:
        rank === 4
          ? 'An encoder takes chips, [batch, bands, height, width].'
          : 'A hash network takes [batch, dims].',
      context: { file, limit: rank },
    });
  }
  if (!isFloat(output, 2) || moreOutputs.length > 0) {
    throw inputError('MODEL_OUTPUTS', `${file} does not give one float32 output [batch, dims].`, {
      hint: 'Pool the features over the chip inside the network, so that it gives one vector a chip.',
      context: { file, limit: 2 },
    });
  }
  const lengths = (shape: readonly (string | number)[]) =>
    shape.map((axis) => (typeof axis === 'number' ? axis : null));
  return {
    input: input.name,
    output: output.name,
    inputShape: lengths(input.shape),
    outputShape: lengths(output.shape),
  };
}

function readVectors(
  output: InferenceSession.OnnxValueMapType[string] | undefined,
  items: number,
  file: string,
) {
  const [n, dims] = output?.dims ?? [];
  const data: unknown = output?.data;
  if (n === items && dims !== undefined && data instanceof Float32Array) return { data, dims };
  throw contractError(
    'MODEL_OUTPUT',
    `${file} gave ${(output?.dims ?? []).join('x')} for ${items} items; one vector for each is needed.`,
    { hint: 'Export it with a batch axis that is kept from input to output.', context: { file } },
  );
}
