import { systemErrorCode, workspaceError } from '../core/errors.ts';
import { applicationSchema, type Application } from './application-record.ts';
import { applicationFile, labelFile, labelsFolder } from './layout.ts';
import { labelSourceSchema, type LabelSource } from './label-record.ts';
import { listRecords, readRecord, writeRecord } from './workspace.ts';

/** Reads one application. Throws workspace error NO_APPLICATION. */
export async function readApplication(root: string, name: string): Promise<Application> {
  try {
    return await readRecord(applicationFile(root, name), applicationSchema);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw workspaceError('NO_APPLICATION', `There is no application '${name}' in this workspace.`, {
      hint: 'Make it with `resflow app create NAME --class ... --gsd ...`.',
      context: { application: name },
    });
  }
}

export const writeApplication = (root: string, app: Application): Promise<void> =>
  writeRecord(applicationFile(root, app.name), app);

/** The application's label sources, oldest first: later ones win where they overlap. */
export async function readLabelSources(root: string, app: string): Promise<LabelSource[]> {
  const ids = await listRecords(labelsFolder(root, app));
  const sources = await Promise.all(ids.map((id) => readRecord(labelFile(root, app, id), labelSourceSchema)));
  return sources.sort((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : a.id < b.id ? -1 : 1));
}
