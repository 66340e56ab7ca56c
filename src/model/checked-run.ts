import { contractError, inputError } from '../core/errors.ts';
import type { Decoder } from './decoder.ts';
import { describeShape, type OnnxNetwork, type ShapeNCHW } from './onnx-network.ts';

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

/** Logits of one image, checked to be one per class and pixel (else MODEL_OUTPUT) and finite (else MODEL_NAN). */
export async function checkedRun(
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
