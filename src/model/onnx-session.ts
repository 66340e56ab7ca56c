import { join } from 'node:path';
import { contractError } from '../core/errors.ts';
import type { ModelCard, VariantName } from './card.ts';
import { openNetwork, type OnnxNetwork, type ShapeNCHW } from './onnx-network.ts';
import { readCard } from './read-card.ts';
import { readWeights } from './read-weights.ts';

/** A model ready to run. */
export interface NetworkSession {
  readonly variant: VariantName;
  readonly card: ModelCard;
  /** Images a run takes: any number (null), or the only one. */
  readonly batch: number | null;
  /** Normalised pixels (n, bands, h, w), which must not change meanwhile, to logits (n, card.output.channels, h, w). */
  run(input: Float32Array, shape: ShapeNCHW): Promise<Float32Array>;
  /** Where several images a run pay, as on a device: how many of `most` that are there to run at once. */
  imagesAtOnce?(image: Omit<ShapeNCHW, 'n'>, most: number): Promise<number>;
  close(): Promise<void>;
}

/** The built-in classifier without a network, for measuring everything else; it needs no input at all. */
export interface NoopSession {
  readonly variant: 'noop';
  readonly card: null;
  /** Where it stands in for a network on a device: takes the time that the device takes for a batch. */
  compute?(batch: { readonly images: number; readonly megapixels: number }): Promise<void>;
  close(): Promise<void>;
}

export type ModelSession = NetworkSession | NoopSession;

export interface SessionOptions {
  /** Threads inside one run. */
  readonly threads: number;
  readonly cudaDevice?: number | undefined;
  /** Opens the network: in this thread, which then stands still while it runs, or in another. */
  readonly open?: typeof openNetwork;
}

/** The session of the no-op classifier. */
export const noopSession: NoopSession = { variant: 'noop', card: null, close: () => Promise.resolve() };

/**
 * Opens one variant of the model in `folder` (absolute path; card.json and the weights beside it). Reads the weights
 * once, checks their SHA-256 against the card, and loads those very bytes. `noop` reads nothing.
 * Errors: those of readCard and openNetwork; NO_VARIANT, MODEL_CHANGED (contract), MODEL_MISSING (input).
 */
export async function openModelSession(
  folder: string,
  variant: VariantName | 'noop',
  options: SessionOptions,
): Promise<ModelSession> {
  return variant === 'noop' ? noopSession : openNetworkSession(folder, variant, options);
}

/** As openModelSession, for callers that need a network. */
export async function openNetworkSession(
  folder: string,
  variant: VariantName,
  options: SessionOptions,
): Promise<NetworkSession> {
  const card = await readCard(folder);
  const entry = card.variants[variant];
  if (entry === undefined) {
    throw contractError('NO_VARIANT', `Model ${card.id} has no ${variant} variant.`, {
      hint: `It has: ${Object.keys(card.variants).join(', ')}.`,
      context: { folder, variant },
    });
  }
  const file = join(folder, entry.file);
  const { open = openNetwork, ...settings } = options;
  const network = await open(await readWeights(file, entry.sha256, 'train or import the model again'), {
    file,
    ...settings,
  });
  try {
    checkAgainstCard(network, card, file);
  } catch (error) {
    await network.close();
    throw error;
  }
  return {
    variant,
    card,
    batch: network.axes.batch,
    async run(input, shape) {
      const { data, shape: got } = await network.run(input, shape);
      checkOutput(got, shape, card, file);
      return data;
    },
    close: () => network.close(),
  };
}

function checkAgainstCard(network: OnnxNetwork, card: ModelCard, file: string): void {
  const { bands, channels, height, width } = network.axes;
  const fixed = card.input.fixed;
  const problems = [
    bands === card.bands.length ? null : `${bands} bands against ${card.bands.length}`,
    channels === null || channels === card.output.channels
      ? null
      : `${channels} channels against ${card.output.channels}`,
    height === null || height === fixed?.height
      ? null
      : `a fixed height of ${height} against ${fixed?.height ?? 'any'}`,
    width === null || width === fixed?.width
      ? null
      : `a fixed width of ${width} against ${fixed?.width ?? 'any'}`,
  ].filter((problem) => problem !== null);
  if (problems.length === 0) return;
  throw contractError('MODEL_AGAINST_CARD', `${file} and its card disagree: ${problems.join(', ')}.`, {
    hint: 'Import the network again with `resflow model import`, with a card that fits it.',
    context: { file },
  });
}

function checkOutput(got: ShapeNCHW, input: ShapeNCHW, card: ModelCard, file: string): void {
  const channels = card.output.channels;
  if (got.n === input.n && got.c === channels && got.h === input.h && got.w === input.w) return;
  const limit = `${input.n}x${channels}x${input.h}x${input.w}`;
  const actual = `${got.n}x${got.c}x${got.h}x${got.w}`;
  throw contractError('MODEL_OUTPUT', `${file} gave logits of ${actual}; its card promises ${limit}.`, {
    hint: 'Import the network again with `resflow model import`; networks must give one value per input pixel.',
    context: { file, limit, actual },
  });
}
