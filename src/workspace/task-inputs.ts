import { join } from 'node:path';
import type { MapTask } from '../engine/protocol.ts';
import { readCard } from '../model/read-card.ts';
import { LOOKS_FILE, partitionFolder, routingFile, sceneCodesFile, sceneFile } from './layout.ts';
import { readRouting } from './routings.ts';

type Wanted = Pick<MapTask['model'], 'folder' | 'variant'>;

/** Where scenes' records lie; of these a task reads one, of all other files of its run every one. */
export const isSceneRecord = (path: string): boolean => path.startsWith('scenes/');

/** The files of a workspace that tasks read, relative to it: scenes' records and codes, models, routings and partitions. */
export async function taskInputs(root: string, tasks: readonly MapTask[]): Promise<string[]> {
  const scenes = new Set(tasks.map(({ scene }) => scene));
  const models = new Map<string, Wanted>(
    tasks.filter(({ model }) => model.variant !== 'noop').map(({ model }) => [keyOf(model), model]),
  );
  const routings = new Set(tasks.flatMap(({ routing }) => (routing === undefined ? [] : [routing.digest])));
  const codes = new Set(tasks.flatMap(({ routing }) => routing?.codes ?? []));
  const files = [
    ...[...scenes].map((scene) => sceneFile('', scene)),
    ...[...codes].map((digest) => sceneCodesFile('', digest)),
  ];
  for (const digest of routings) {
    const { partition, models: routed } = await readRouting(root, digest);
    files.push(routingFile('', digest));
    const looks = partition.unknown === undefined ? [] : [LOOKS_FILE];
    for (const name of ['encoder.onnx', 'hash.onnx', ...looks])
      files.push(join(partitionFolder('', partition.digest), name));
    for (const model of routed) models.set(keyOf(model), model);
  }
  for (const model of models.values()) files.push(...(await filesOf(root, model)));
  return files;
}

const keyOf = ({ folder, variant }: Wanted): string => `${folder} ${variant}`;

async function filesOf(root: string, { folder, variant }: Wanted): Promise<string[]> {
  const card = await readCard(join(root, folder));
  const weights = variant === 'noop' ? undefined : card.variants[variant];
  return [`${folder}/card.json`, ...(weights === undefined ? [] : [`${folder}/${weights.file}`])];
}
