import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelGalleryId, writeModelGallery } from '../../src/workspace/model-galleries.ts';
import type { ModelGallery } from '../../src/workspace/model-gallery-record.ts';
import { listModels } from '../../src/workspace/models.ts';
import { readCurrentPartition } from '../../src/workspace/partitions.ts';
import { runOk } from './program.ts';

const NETWORK = fileURLToPath(new URL('../fixtures/models/conv3.onnx', import.meta.url));

/** One network under several cards: with another normalisation it gives other maps. */
const CARDS = {
  plain: { normalisation: { kind: 'scene', clip: 3 } },
  bright: {
    normalisation: { kind: 'fixed', scale: 1, mean: [20, 60, 90], std: [30, 30, 30] },
    threshold: 0.4,
  },
  dark: {
    normalisation: { kind: 'fixed', scale: 1, mean: [200, 90, 40], std: [20, 40, 60] },
    temperature: 2,
  },
};
export type TestModel = keyof typeof CARDS;

/** Gives a workspace the application `app` with three models of one small network; the newest is `plain`, Mono. */
export async function importModels(workspace: string, folder: string): Promise<void> {
  await runOk(['app', 'create', 'app', '--class', 'building', '--gsd', '0.5', '--workspace', workspace]);
  for (const name of ['dark', 'bright', 'plain'] as const) {
    const card = join(folder, `${name}.json`);
    const common = {
      bands: ['red', 'green', 'blue'],
      classes: [{ id: 1, name: 'building', colour: '#e8452c' }],
      background: true,
      activation: 'sigmoid',
      gsd: { metres: 0.5 },
    };
    await writeFile(card, JSON.stringify({ ...common, ...CARDS[name] }));
    const about = ['--card', card, '--app', 'app', '--name', name];
    await runOk(['model', 'import', NETWORK, ...about, '--workspace', workspace]);
  }
}

/** Writes a gallery of the current partition in which bucket b goes to `models[b]`, Mono where there are no more. */
export async function writeTestGallery(
  workspace: string,
  models: readonly TestModel[],
  change: Partial<ModelGallery> = {},
): Promise<string> {
  const partition = await readCurrentPartition(workspace);
  const stored = await listModels(workspace, 'app');
  const idOf = (name: TestModel) => stored.find(({ card }) => card.name === name)?.card.id ?? name;
  const id = modelGalleryId([models, partition.digest, change]);
  await writeModelGallery(workspace, {
    version: 1,
    id,
    application: 'app',
    created: new Date().toISOString(),
    partition: partition.digest,
    recipe: 'test',
    seed: 1,
    trainingSet: '-',
    mono: idOf('plain'),
    buckets: partition.buckets.map(({ bucket, code }) => ({
      bucket,
      code,
      model: idOf(models[bucket] ?? 'plain'),
      decision: models[bucket] === undefined ? 'mono' : 'specialist',
      reason: 'a test',
      evidence: { chips: 10, foregroundPixels: 1000, objects: 5, scenes: 2 },
      scores: { mono: { iou: 0.5, low: 0.4, high: 0.6 }, model: { iou: 0.7, low: 0.6, high: 0.8 } },
    })),
    budget: { monoSteps: 10, specialistSteps: 10 },
    ...change,
  });
  return id;
}
