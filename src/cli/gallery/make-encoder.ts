import { copyFile, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { writeJsonAtomic } from '../../core/atomic-file.ts';
import { writeFolderOnce } from '../../core/atomic-folder.ts';
import { digestOf, digestOfBytes } from '../../core/digest.ts';
import { contractError, inputError, usageError } from '../../core/errors.ts';
import { encoderSchema, type Encoder } from '../../embedding/encoder-record.ts';
import { openVectorNetwork } from '../../model/vector-network.ts';
import { galleryStepFolder } from '../../workspace/layout.ts';
import { resolveModel } from '../../workspace/models.ts';
import { readRecord, readRecordIfAny } from '../../workspace/workspace.ts';
import type { CommandContext } from '../command.ts';
import { makeChipSet, type ChipSetRequest } from './make-chip-set.ts';
import { runGalleryTrainer } from './run-gallery-trainer.ts';

/** An encoder in the workspace, ready to run. */
export interface MadeEncoder {
  /** Relative to the workspace. */
  readonly folder: string;
  readonly record: Encoder;
}

export type ExtractorChoice =
  | { readonly kind: 'statistics' }
  | { readonly kind: 'self-supervised'; readonly maxSteps: number }
  | { readonly kind: 'segmentation'; readonly application: string; readonly model: string | undefined }
  | { readonly kind: 'file'; readonly path: string };

export const SELF_SUPERVISED_STEPS = 2000;

/** `statistics`, `self-supervised`, `segmentation:APP[/MODEL]` or a file `*.onnx`. Throws usage error BAD_EXTRACTOR. */
export function parseExtractor(text: string, maxSteps = SELF_SUPERVISED_STEPS): ExtractorChoice {
  if (text === 'statistics') return { kind: text };
  if (text === 'self-supervised') return { kind: text, maxSteps };
  const named = /^segmentation:([^/]+)(?:\/(.+))?$/.exec(text);
  if (named?.[1] !== undefined) return { kind: 'segmentation', application: named[1], model: named[2] };
  if (/\.onnx$/i.test(text)) return { kind: 'file', path: resolve(text) };
  throw usageError('BAD_EXTRACTOR', `--extractor ${text} is none that is known.`, {
    hint: 'statistics, self-supervised, segmentation:APP (its newest Mono), or an encoder.onnx of your own.',
    context: { extractor: text },
  });
}

const BUILD_CODE_VERSION = 1;

/** Makes (or finds) the encoder of a build: by the trainer from the scenes' chips, or from a file of the user's. */
export async function makeEncoder(
  choice: ExtractorChoice,
  request: ChipSetRequest,
  context: CommandContext,
): Promise<MadeEncoder> {
  if (choice.kind === 'file') return importEncoder(choice.path, request, context);
  const chipSet = await makeChipSet(request, context);
  const weights = choice.kind === 'segmentation' ? await weightsOf(choice, context) : null;
  const budget = choice.kind === 'self-supervised' ? { maxSteps: choice.maxSteps } : null;
  const { seed } = request;
  const digest = digestOf({
    code: BUILD_CODE_VERSION,
    kind: choice.kind,
    chipSet: chipSet.digest,
    weights: weights?.sha256 ?? null,
    budget,
    seed,
  });
  const folder = galleryStepFolder(context.workspace, 'extractors', digest);
  if ((await readRecordIfAny(join(folder, 'encoder.json'), encoderSchema)) === null) {
    await runGalleryTrainer(
      {
        command: 'extractor',
        label: `Making the extractor (${choice.kind})`,
        steps: budget?.maxSteps ?? 1,
        folder,
        prepare: async () => ({
          kind: choice.kind,
          seed,
          chipSet: chipSet.folder,
          threads: null,
          ...(weights === null ? {} : { weights: weights.folder }),
          ...(budget === null ? {} : { budget }),
        }),
      },
      context,
    );
  }
  return checked(folder, request, context);
}

async function weightsOf(
  { application, model }: Extract<ExtractorChoice, { kind: 'segmentation' }>,
  context: CommandContext,
): Promise<{ folder: string; sha256: string }> {
  const { folder, card } = await resolveModel(context.workspace, application, model);
  const weights = card.variants.float32;
  if (weights === undefined) throw noWeights(card.id);
  return { folder: join(context.workspace, folder), sha256: weights.sha256 };
}

const noWeights = (model: string) =>
  contractError('NO_VARIANT', `Model '${model}' has no float32 weights to take features from.`, {
    hint: 'Take a model that was trained here.',
  });

/** Reads back what lies in a step's folder and checks it against what the build asked for. */
async function checked(
  folder: string,
  request: ChipSetRequest,
  context: CommandContext,
): Promise<MadeEncoder> {
  const record = await readRecord(join(folder, 'encoder.json'), encoderSchema);
  const problems = [
    record.chipPixels === request.chipPixels
      ? null
      : `chips of ${record.chipPixels} px, not ${request.chipPixels}`,
    Math.abs(record.gsdMetres / request.gsdMetres - 1) < 1e-6
      ? null
      : `a GSD of ${record.gsdMetres} m, not ${request.gsdMetres} m`,
    record.bands.join() === request.bands.join()
      ? null
      : `bands ${record.bands.join()}, not ${request.bands.join()}`,
  ].filter((problem) => problem !== null);
  if (problems.length > 0) {
    throw contractError('ENCODER_DOES_NOT_FIT', `The encoder in ${folder} is for ${problems.join('; ')}.`, {
      hint: 'Give the --gsd and --chip it was made for, or another --extractor.',
      context: { folder },
    });
  }
  return { folder: relative(context.workspace, folder).split('\\').join('/'), record };
}

/** A user's encoder: copied in, with the record beside it (`encoder.json`), or one made from what the file declares. */
async function importEncoder(
  path: string,
  request: ChipSetRequest,
  context: CommandContext,
): Promise<MadeEncoder> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw inputError('FILE_NOT_FOUND', `There is no encoder at ${path}.`, {
      hint: 'Check the path.',
      context: { file: path },
      cause,
    });
  });
  const own = await readRecordIfAny(join(dirname(path), 'encoder.json'), encoderSchema.partial());
  const record = encoderSchema.parse({
    version: 1,
    kind: 'imported',
    chipPixels: request.chipPixels,
    gsdMetres: request.gsdMetres,
    bands: request.bands,
    normalisation: { kind: 'scene', clip: 3 },
    ...own,
    dims: await declaredDims(bytes, path, request),
    sha256: digestOfBytes(bytes),
  });
  const folder = galleryStepFolder(context.workspace, 'extractors', digestOf(record));
  if ((await readRecordIfAny(join(folder, 'encoder.json'), encoderSchema)) === null) {
    await writeFolderOnce(folder, async (temporary) => {
      await copyFile(path, join(temporary, 'encoder.onnx'));
      await writeJsonAtomic(join(temporary, 'encoder.json'), record);
    });
  }
  return checked(folder, request, context);
}

/** Length of the embeddings, by running one chip of zeros. Throws contract error ENCODER_DOES_NOT_FIT. */
async function declaredDims(bytes: Uint8Array, file: string, request: ChipSetRequest): Promise<number> {
  const network = await openVectorNetwork(bytes, { file, threads: 1, rank: 4 });
  try {
    const wanted = [request.bands.length, request.chipPixels, request.chipPixels];
    if (network.itemShape.some((length, axis) => length !== null && length !== wanted[axis])) {
      throw contractError(
        'ENCODER_DOES_NOT_FIT',
        `${file} takes chips of ${network.itemShape.map((n) => n ?? 'any').join('x')}; the gallery's are ${wanted.join('x')} (bands, height, width).`,
        { hint: 'Give the --chip and --bands it was made for.', context: { file } },
      );
    }
    const batch = network.batch ?? 1;
    const size = wanted.reduce((product, n) => product * n, batch);
    return (await network.run(new Float32Array(size), [batch, ...wanted])).dims;
  } finally {
    await network.close();
  }
}
