import type { InferenceSession } from 'onnxruntime-node';
import { inputError } from '../core/errors.ts';

/** What an ONNX file declares of its one input and one output; null where an axis may have any length. */
export interface NetworkAxes {
  readonly inputName: string;
  readonly outputName: string;
  readonly batch: number | null;
  readonly bands: number;
  readonly height: number | null;
  readonly width: number | null;
  /** Output channels; null where the file leaves them open. */
  readonly channels: number | null;
}

/** Checks what a file declares. Throws input errors MODEL_INPUTS and MODEL_OUTPUTS. */
export function readAxes(session: InferenceSession, file: string): NetworkAxes {
  const describe = (list: readonly InferenceSession.ValueMetadata[]) =>
    list
      .map((m) => `${m.name}: ${m.isTensor ? `${m.type} [${m.shape.join(', ')}]` : 'no tensor'}`)
      .join('; ');
  const [input, ...otherInputs] = session.inputMetadata;
  const [output, ...otherOutputs] = session.outputMetadata;
  const inputText = describe(session.inputMetadata);
  const outputText = describe(session.outputMetadata);
  const bands = input?.isTensor === true ? input.shape[1] : undefined;
  if (
    input?.isTensor !== true ||
    otherInputs.length > 0 ||
    input.type !== 'float32' ||
    input.shape.length !== 4
  ) {
    throw inputError(
      'MODEL_INPUTS',
      `${file} takes (${inputText}); needed is one float32 input [batch, bands, height, width].`,
      {
        hint: 'Export the network with a single NCHW image input; fold masks and constants into the graph.',
        context: { file, actual: inputText, limit: 'one float32 tensor of 4 axes' },
      },
    );
  }
  if (typeof bands !== 'number') {
    throw inputError(
      'MODEL_INPUTS',
      `${file} leaves its band axis open (${inputText}); the number of bands must be fixed.`,
      {
        hint: 'Export with dynamic axes for batch, height and width only.',
        context: { file, actual: inputText },
      },
    );
  }
  if (
    output?.isTensor !== true ||
    otherOutputs.length > 0 ||
    output.type !== 'float32' ||
    output.shape.length !== 4
  ) {
    throw inputError(
      'MODEL_OUTPUTS',
      `${file} gives (${outputText}); needed is one float32 output [batch, channels, height, width].`,
      {
        hint: 'Export a segmentation network that gives logits per pixel, and nothing else.',
        context: { file, actual: outputText, limit: 'one float32 tensor of 4 axes' },
      },
    );
  }
  const fixed = (axis: string | number | undefined) => (typeof axis === 'number' ? axis : null);
  return {
    inputName: input.name,
    outputName: output.name,
    batch: fixed(input.shape[0]),
    bands,
    height: fixed(input.shape[2]),
    width: fixed(input.shape[3]),
    channels: fixed(output.shape[1]),
  };
}
