import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileExclusive } from '../core/atomic-file.ts';
import { canonicalJson } from '../core/digest.ts';
import { systemErrorCode, workspaceError } from '../core/errors.ts';
import { applicationSchema, type Application } from './application-record.ts';
import { applicationFile, labelFile, labelsFolder } from './layout.ts';
import { labelSourceSchema, type LabelSource } from './label-record.ts';
import { listFolders, listRecords, readRecord, writeRecord } from './workspace.ts';

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
  return sources.sort((a, b) =>
    a.created < b.created ? -1 : a.created > b.created ? 1 : a.id < b.id ? -1 : 1,
  );
}

/** The applications of the workspace, sorted by name. */
export async function listApplications(root: string): Promise<Application[]> {
  const names = await listFolders(join(root, 'applications'), 'application.json');
  return Promise.all(names.map((name) => readApplication(root, name)));
}

/** Writes one label source; a record of the same id is replaced. */
export const writeLabelSource = (root: string, source: LabelSource): Promise<void> =>
  writeRecord(labelFile(root, source.application, source.id), source);

/** Forgets one label source; the file it speaks of stays. Throws workspace error NO_LABELS. */
export async function removeLabelSource(root: string, app: string, id: string): Promise<void> {
  const known = await listRecords(labelsFolder(root, app));
  if (known.includes(id)) return rm(labelFile(root, app, id));
  throw workspaceError('NO_LABELS', `Application '${app}' has no label source '${id}'.`, {
    hint:
      known.length === 0
        ? 'It has none.'
        : `\`resflow label list ${app}\` shows what it has: ${known.slice(0, 5).join(', ')}.`,
    context: { application: app, label: id },
  });
}

/**
 * Makes an application. The same one again changes nothing (`created` false); another of the same name throws workspace
 * error APPLICATION_EXISTS, since labels and models hang on its classes.
 */
export async function createApplication(root: string, app: Application): Promise<{ created: boolean }> {
  const text = `${JSON.stringify(app, null, 2)}\n`;
  if (await writeFileExclusive(applicationFile(root, app.name), text)) return { created: true };
  const there = await readApplication(root, app.name);
  if (canonicalJson({ ...there, created: '' }) === canonicalJson({ ...app, created: '' }))
    return { created: false };
  throw workspaceError(
    'APPLICATION_EXISTS',
    `There is an application '${app.name}' already, with other settings.`,
    {
      hint: `\`resflow app show ${app.name}\` shows them; take another name for the new one.`,
      context: { application: app.name },
    },
  );
}
