import { join } from 'node:path';
import { workspaceError } from '../core/errors.ts';
import { modelCardSchema, type ModelCard } from '../model/card.ts';
import { modelFolder, modelsFolder } from './layout.ts';
import { listFolders, readRecord } from './workspace.ts';

/** A model of the workspace. `folder` is relative to the workspace, with forward slashes. */
export interface StoredModel {
  readonly folder: string;
  readonly card: ModelCard;
}

/** Models being trained live in `<id>.training` until they are whole. */
export const TRAINING_SUFFIX = '.training';

const isFinished = (name: string): boolean => !name.endsWith(TRAINING_SUFFIX) && !name.includes('.tmp-');

/** The finished models of one application, or of all, oldest first. Throws RECORD_DAMAGED for an unreadable card. */
export async function listModels(root: string, app: string | null): Promise<StoredModel[]> {
  const apps = app === null ? await listFolders(join(root, 'applications'), 'application.json') : [app];
  const found = await Promise.all(apps.map((name) => modelsOf(root, name)));
  return found.flat();
}

async function modelsOf(root: string, app: string): Promise<StoredModel[]> {
  const ids = (await listFolders(modelsFolder(root, app), 'card.json')).filter(isFinished);
  const models = await Promise.all(ids.map((id) => readModel(root, app, id)));
  return models.sort((a, b) => compare(a.card.created, b.card.created) || compare(a.card.id, b.card.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function readModel(root: string, app: string, id: string): Promise<StoredModel> {
  const card = await readRecord(join(modelFolder(root, app, id), 'card.json'), modelCardSchema);
  return { folder: `models/${app}/${id}`, card };
}

/** Whether a model is a Mono: one for everything, and no student of others. */
export const isMono = ({ card }: StoredModel): boolean =>
  card.bucket === null && card.training?.recipe === undefined;

/**
 * One model of an application, by id; `mono` (or nothing) is its newest Mono. Throws workspace error NO_MODEL.
 */
export async function resolveModel(root: string, app: string, wanted = 'mono'): Promise<StoredModel> {
  const models = await modelsOf(root, app);
  const byId = models.find((model) => model.card.id === wanted);
  if (byId !== undefined) return byId;
  const mono = models.filter(isMono).at(-1);
  if (wanted === 'mono' && mono !== undefined) return mono;
  const known = models.map((model) => model.card.id);
  throw workspaceError('NO_MODEL', `Application '${app}' has no model '${wanted}'.`, {
    hint:
      known.length === 0
        ? `Train one with \`resflow model train ${app} --mono\`, or bring one with \`resflow model import\`.`
        : `It has: ${known.join(', ')}. \`resflow model list ${app}\` shows them.`,
    context: { application: app, model: wanted, known },
  });
}
