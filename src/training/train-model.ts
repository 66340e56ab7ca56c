import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJsonAtomic } from '../core/atomic-file.ts';
import { digestOf } from '../core/digest.ts';
import { resourceError, ResflowError } from '../core/errors.ts';
import type { Progress } from '../core/progress.ts';
import { modelCardSchema, type ModelCard } from '../model/card.ts';
import { modelFolder } from '../workspace/layout.ts';
import { TRAINING_SUFFIX } from '../workspace/models.ts';
import { readRecord, readRecordIfAny } from '../workspace/workspace.ts';
import { trainingProgress } from './training-progress.ts';
import { runTrainer, type TrainerHome, type TrainerPorts } from './run-trainer.ts';

/** What the user asked of a training. */
export interface TrainingRequest {
  readonly application: string;
  readonly network: string;
  readonly seed: number;
  readonly budget: { readonly maxMinutes?: number; readonly maxSteps?: number };
  /** Scene ids of the training set, where its own split is not to be taken. */
  readonly split: { readonly train: readonly string[]; readonly validation: readonly string[] } | null;
  /** Identifier of the model; null: `prefix` and the digest of what decides it. */
  readonly id: string | null;
  readonly prefix?: string;
  readonly int8: boolean;
  readonly licence: string | null;
  /** More members of spec.json, as the trainer's documentation lists them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What the specialists' recipes ask of the trainer; a plain Mono has none. */
  readonly recipe?: TrainingRecipe;
  /** What does not change the result's meaning: device, threads. */
  readonly machine: { readonly device?: string; readonly threads?: number };
  /** What the progress bar calls it. */
  readonly title?: string;
}

/** Members of spec.json, and what decides them: files by their digests, where the spec names paths. */
export interface TrainingRecipe {
  readonly identity: unknown;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface TrainedModel {
  readonly card: ModelCard;
  readonly folder: string;
  /** True where the same training had been done before. */
  readonly reused: boolean;
}

export interface TrainingPorts extends Omit<TrainerPorts, 'onEvent'> {
  readonly root: string;
  readonly home: TrainerHome;
  readonly progress: Progress;
}

/** Identity of a training: equal requests on equal training sets are one model. */
export function trainingId(request: TrainingRequest, setDigest: string): string {
  const { application, network, seed, budget, split, int8, licence, options } = request;
  const recipe = request.recipe?.identity;
  return digestOf({ setDigest, application, network, seed, budget, split, int8, licence, options, recipe });
}

/**
 * Trains one model: writes spec.json into `models/<app>/<id>.training/`, runs the trainer there, and moves the
 * folder to `models/<app>/<id>/` once its card has been checked. The same request resumes from the checkpoint, or finds
 * the model done. Throws TRAINING_FAILED, MODEL_NOT_WRITTEN, and the signal's reason when stopped.
 */
export async function trainModel(
  request: TrainingRequest,
  set: { digest: string; folder: string },
  ports: TrainingPorts,
): Promise<TrainedModel> {
  const id = request.id ?? `${request.prefix ?? 'mono'}-${trainingId(request, set.digest).slice(0, 8)}`;
  const folder = modelFolder(ports.root, request.application, id);
  const done = await readRecordIfAny(join(folder, 'card.json'), modelCardSchema);
  if (done !== null) return reuse(request, { card: done, folder, setDigest: set.digest });
  const working = `${folder}${TRAINING_SUFFIX}`;
  await mkdir(working, { recursive: true });
  const specFile = join(working, 'spec.json');
  await writeJsonAtomic(specFile, specOf(request, { id, trainingSet: set.folder, output: working }));
  const relay = trainingProgress(ports.progress, request.budget, request.title);
  try {
    await runTrainer(ports.home, { command: 'train', specFile }, { ...ports, onEvent: relay });
  } finally {
    ports.progress.stop();
  }
  const card = await checkedCard(working);
  await rename(working, folder);
  return { card, folder, reused: false };
}

function specOf(
  request: TrainingRequest,
  where: { id: string; trainingSet: string; output: string },
): Record<string, unknown> {
  const { network, seed, budget, split, int8, licence, options, machine } = request;
  return {
    version: 1,
    trainingSet: where.trainingSet,
    output: where.output,
    modelId: where.id,
    name: `${request.application} ${where.id}`,
    network,
    seed,
    budget,
    ...(split === null ? {} : { split }),
    int8,
    ...(licence === null ? {} : { licence }),
    ...request.recipe?.spec,
    ...options,
    ...machine,
  };
}

function reuse(
  request: TrainingRequest,
  found: { card: ModelCard; folder: string; setDigest: string },
): TrainedModel {
  const { card, folder, setDigest } = found;
  if (request.id === null || card.training?.trainingSet === setDigest) return { card, folder, reused: true };
  throw new ResflowError(
    'workspace',
    'MODEL_EXISTS',
    `There is a model '${card.id}' already, of another training.`,
    {
      hint: 'Take another --id, or leave it out.',
      context: { application: request.application, model: card.id },
    },
  );
}

async function checkedCard(folder: string): Promise<ModelCard> {
  try {
    return await readRecord(join(folder, 'card.json'), modelCardSchema);
  } catch (error) {
    throw resourceError(
      'MODEL_NOT_WRITTEN',
      `The trainer said it was done, but left no usable card in ${folder}.`,
      {
        hint: 'Run the same command again; if it happens again, report it with the log (--log-level debug).',
        context: { folder },
        cause: error,
      },
    );
  }
}
