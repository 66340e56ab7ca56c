import { rm } from 'node:fs/promises';
import { systemErrorCode, workspaceError } from '../core/errors.ts';
import { sceneFile, scenesFolder } from './layout.ts';
import { sceneItemSchema, type SceneItem } from './scene-record.ts';
import { listRecords, readRecord, writeRecord } from './workspace.ts';

export const listSceneIds = (root: string): Promise<string[]> => listRecords(scenesFolder(root));

/** Reads one scene's STAC Item. Throws workspace error NO_SCENE. */
export async function readScene(root: string, id: string): Promise<SceneItem> {
  try {
    return await readRecord(sceneFile(root, id), sceneItemSchema);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw workspaceError('NO_SCENE', `There is no scene '${id}' in this workspace.`, {
      hint: '`resflow scene list` shows the scenes; `resflow scene add` adds one.',
      context: { scene: id },
    });
  }
}

/** All scenes, or those named, in the order given (all: sorted by id). */
export async function readScenes(root: string, ids: readonly string[] | 'all'): Promise<SceneItem[]> {
  const wanted = ids === 'all' ? await listSceneIds(root) : ids;
  return Promise.all(wanted.map((id) => readScene(root, id)));
}

export const writeScene = (root: string, scene: SceneItem): Promise<void> =>
  writeRecord(sceneFile(root, scene.id), scene);

export const removeScene = (root: string, id: string): Promise<void> =>
  rm(sceneFile(root, id), { force: true });
