import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { temporaryBeside, writeJsonAtomic } from '../core/atomic-file.ts';
import { digestOfBytes } from '../core/digest.ts';
import { contractError, inputError, systemErrorCode, workspaceError } from '../core/errors.ts';
import type { ModelCard } from './card.ts';
import { createDecoder } from './decoder.ts';
import { measureNetwork, type NetworkMeasure } from './measure-network.ts';
import { summariseWeights, type WeightSummary } from './onnx-initializers.ts';
import { openNetwork } from './onnx-network.ts';
import { checkParity, readReference, type Parity } from './parity.ts';
import {
  cardBands,
  cardChannels,
  checkAgainstApplication,
  parsePartialCard,
  type ApplicationTerms,
  type PartialCard,
} from './partial-card.ts';
import { readCardJson } from './read-card.ts';

export interface ImportRequest {
  readonly networkFile: string;
  readonly cardFile: string;
  readonly application: ApplicationTerms;
  readonly id: string;
  /** Where the model shall be, absolute; must not be there yet. */
  readonly folder: string;
  readonly now: Date;
  /** A normalised input and the network's logits for it, as .npy. */
  readonly reference: { readonly input: string; readonly output: string; readonly tolerance: number } | null;
  readonly haloTolerance: number;
}

export interface ImportedModel {
  readonly card: ModelCard;
  readonly warnings: readonly string[];
  readonly parity: Parity | null;
}

/**
 * Takes in somebody's own network: checks it against a short card and the application, measures what the card does not
 * say, and writes model.onnx and a full card.json to `folder`, whole or not at all.
 *
 * Refusals. The file: MODEL_MISSING, MODEL_NOT_ONNX (not ONNX, cut short), MODEL_EXTERNAL_DATA, MODEL_MEMORY. Its inputs and
 * outputs: MODEL_INPUTS (number, type, rank, open band axis), MODEL_OUTPUTS (number, type, rank), MODEL_BANDS, MODEL_BATCH,
 * MODEL_AXES, MODEL_OUTPUT (channels against classes; sides against the input's), MODEL_SIZE, MODEL_RUN. Its values: MODEL_NAN,
 * MODEL_HALO, MODEL_PARITY, BAD_NPY, NPY_MISSING. The card: CARD_MISSING, BAD_CARD, CARD_CLASSES, CARD_AGAINST_APPLICATION. The place:
 * MODEL_EXISTS.
 */
export async function importModel(request: ImportRequest): Promise<ImportedModel> {
  const { networkFile: file, cardFile } = request;
  if (existsSync(join(request.folder, 'card.json'))) throw modelExists(request);
  const partial = parsePartialCard(await readCardJson(cardFile), cardFile);
  checkAgainstApplication(partial, request.application, cardFile);
  const reference = request.reference === null ? null : await readReference(request.reference);
  const bytes = await readNetwork(file);
  const weights = weightsOf(bytes, file);
  const network = await openNetwork(bytes, { file, threads: 1 });
  try {
    checkBands(partial, network.axes.bands, file);
    const decoder = createDecoder(decoderTerms(partial));
    const question = { file, decoder, multiple: partial.multiple ?? null, tolerance: request.haloTolerance };
    const parity = reference === null ? null : await checkParity(network, reference, file);
    const measure = await measureNetwork(network, question);
    const card = fullCard(request, partial, measure, { bytes, parameters: weights.parameters });
    await writeModel(request.folder, card, bytes);
    return { card, warnings: measure.warnings, parity };
  } finally {
    await network.close();
  }
}

async function readNetwork(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT' && systemErrorCode(error) !== 'EISDIR') throw error;
    throw inputError('MODEL_MISSING', `There is no file ${file}.`, {
      hint: 'Name an ONNX file.',
      context: { file },
      cause: error,
    });
  });
}

function weightsOf(bytes: Uint8Array, file: string): WeightSummary {
  let summary: WeightSummary;
  try {
    summary = summariseWeights(bytes);
  } catch (error) {
    // Loading it gives the better message.
    if (error instanceof RangeError) return { parameters: 0, external: [] };
    throw error;
  }
  if (summary.external.length === 0) return summary;
  throw inputError(
    'MODEL_EXTERNAL_DATA',
    `${file} keeps weights in other files (${summary.external.join(', ')}).`,
    {
      hint: 'Save it as one file: onnx.save(onnx.load(FILE), NEW_FILE, save_as_external_data=False).',
      context: { file, external: summary.external.join(', ') },
    },
  );
}

function checkBands(card: PartialCard, bands: number, file: string): void {
  if (bands === card.bands.length) return;
  throw contractError('MODEL_BANDS', `${file} takes ${bands} bands; its card names ${card.bands.length}.`, {
    hint: 'The card must name one band per input channel, in the order of the channels.',
    context: { file, actual: bands, limit: card.bands.length },
  });
}

const decoderTerms = (card: PartialCard): Pick<ModelCard, 'classes' | 'background' | 'output'> => ({
  classes: card.classes,
  background: card.background,
  output: {
    activation: card.activation,
    channels: cardChannels(card),
    temperature: card.temperature,
    threshold: card.threshold,
  },
});

function fullCard(
  request: ImportRequest,
  partial: PartialCard,
  measure: NetworkMeasure,
  weights: { readonly bytes: Uint8Array; readonly parameters: number },
): ModelCard {
  const { metres, min = metres / 2, max = metres * 2 } = partial.gsd;
  return {
    version: 1,
    id: request.id,
    name: partial.name ?? request.id,
    created: request.now.toISOString(),
    task: 'segmentation',
    application: request.application.name,
    bucket: null,
    ...decoderTerms(partial),
    bands: cardBands(partial),
    input: { multiple: measure.multiple, fixed: measure.fixed },
    normalisation: partial.normalisation,
    gsd: { metres, min, max },
    halo: { pixels: measure.haloPixels, tolerance: request.haloTolerance, theoreticalPixels: null },
    network: {
      name: partial.network ?? basename(request.networkFile),
      parameters: weights.parameters,
      gmacAt512: null,
    },
    training: null,
    scores: {},
    variants: {
      float32: {
        file: 'model.onnx',
        sha256: digestOfBytes(weights.bytes),
        bytes: weights.bytes.byteLength,
        cpuMsPerMegapixel: measure.msPerMegapixel,
      },
    },
    defaultCpuVariant: 'float32',
    licence: partial.licence,
  };
}

async function writeModel(folder: string, card: ModelCard, weights: Uint8Array): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const temporary = temporaryBeside(folder);
  try {
    await mkdir(temporary);
    await writeFile(join(temporary, 'model.onnx'), weights, { flush: true });
    await writeJsonAtomic(join(temporary, 'card.json'), card);
    await rename(temporary, folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '')) throw error;
    throw modelExists({ id: card.id, application: { name: card.application }, folder });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const modelExists = (model: {
  readonly id: string;
  readonly application: { readonly name: string };
  readonly folder: string;
}) =>
  workspaceError(
    'MODEL_EXISTS',
    `There is a model '${model.id}' in application '${model.application.name}' already.`,
    {
      hint: 'Choose another identifier with --name, or remove that model first.',
      context: { folder: model.folder },
    },
  );
