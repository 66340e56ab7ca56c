import { join } from 'node:path';
import { writeJsonAtomic } from '../core/atomic-file.ts';
import { readRecord } from '../workspace/workspace.ts';
import { evidenceSchema, type Evidence } from './bucket-evidence.ts';
import { scoreFileSchema, type ScoreFile } from './compare-models.ts';
import { runTrainer } from './run-trainer.ts';
import type { TrainingPorts, TrainingRequest } from './train-model.ts';

/** The labelled ground of a training set, by buckets; results are files in `folder`. */
export interface BucketGround {
  readonly set: { readonly folder: string };
  readonly split: TrainingRequest['split'];
  readonly bucketsFile: string;
  readonly folder: string;
}

/** A model's folder, and the buckets it is scored in; all where none are named. */
export interface Candidate {
  readonly folder: string;
  readonly buckets?: readonly number[];
}

interface Job {
  readonly command: 'evidence' | 'score';
  readonly label: string;
  readonly more: Readonly<Record<string, unknown>>;
}

/** Has the trainer count what is labelled in each bucket of each scene. */
export async function countEvidence(ground: BucketGround, ports: TrainingPorts): Promise<Evidence> {
  const file = await runJob(ground, { command: 'evidence', label: 'Counting labels', more: {} }, ports);
  return readRecord(file, evidenceSchema);
}

/** Has the trainer run models over the validation scenes, and count hits and misses by cell. */
export async function scoreModels(
  ground: BucketGround,
  models: readonly Candidate[],
  ports: TrainingPorts,
): Promise<ScoreFile> {
  const file = await runJob(
    ground,
    { command: 'score', label: 'Scoring by bucket', more: { models } },
    ports,
  );
  return readRecord(file, scoreFileSchema);
}

async function runJob(ground: BucketGround, job: Job, ports: TrainingPorts): Promise<string> {
  const { command, label, more } = job;
  const output = join(ground.folder, `${command}.json`);
  const specFile = join(ground.folder, `${command}-spec.json`);
  await writeJsonAtomic(specFile, {
    version: 1,
    trainingSet: ground.set.folder,
    ...(ground.split === null ? {} : { split: ground.split }),
    buckets: ground.bucketsFile,
    ...more,
    output,
  });
  const { progress } = ports;
  progress.start(label, 100, '%');
  const onEvent: Parameters<typeof runTrainer>[2]['onEvent'] = (event) => {
    if (event.type === 'step') progress.update(Math.round(100 * (event.share ?? 0)));
  };
  await runTrainer(ports.home, { command, specFile }, { ...ports, onEvent }).finally(() => progress.stop());
  return output;
}
