import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { systemErrorCode, workspaceError } from '../core/errors.ts';
import { chipsFolder, currentPartitionFile, partitionFolder, sceneChipsFolder } from './layout.ts';
import { partitionSchema, sceneChipsSchema, type Partition, type SceneChips } from './partition-record.ts';
import { readRecordIfAny, writeRecord } from './workspace.ts';

const currentSchema = z.object({ version: z.literal(1), partition: z.string() });

/** One version of the partition, or null where it is not there (whole). */
export const readPartition = (root: string, digest: string): Promise<Partition | null> =>
  readRecordIfAny(join(partitionFolder(root, digest), 'partition.json'), partitionSchema);

/** The partition in use. Throws workspace error NO_GALLERY. */
export async function readCurrentPartition(root: string): Promise<Partition> {
  const current = await readRecordIfAny(currentPartitionFile(root), currentSchema);
  const partition = current === null ? null : await readPartition(root, current.partition);
  if (partition !== null) return partition;
  throw workspaceError('NO_GALLERY', 'This workspace has no image gallery yet.', {
    hint: 'Build one with `resflow gallery build --all`; a build that was interrupted goes on where it was.',
    context: { workspace: root },
  });
}

export const setCurrentPartition = (root: string, partition: string): Promise<void> =>
  writeRecord(currentPartitionFile(root), { version: 1, partition });

/** A scene's entry in a partition's gallery, or null where it is not in it. */
export const readSceneChips = (root: string, partition: string, scene: string): Promise<SceneChips | null> =>
  readRecordIfAny(join(sceneChipsFolder(root, partition, scene), 'scene.json'), sceneChipsSchema);

/** All scenes in a partition's gallery, sorted by id. */
export async function listSceneChips(root: string, partition: string): Promise<SceneChips[]> {
  const names = await readdir(chipsFolder(root, partition)).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const scenes = names
    .filter((name) => name.startsWith('scene=') && !name.includes('.tmp-'))
    .map((name) => name.slice('scene='.length))
    .sort();
  const found = await Promise.all(scenes.map((scene) => readSceneChips(root, partition, scene)));
  return found.filter((entry) => entry !== null);
}
