import { access, constants, mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileExclusive, writeJsonAtomic } from '../core/atomic-file.ts';
import { systemErrorCode, workspaceError } from '../core/errors.ts';
import { ID_PATTERN } from '../core/ids.ts';
import { workspaceFile, WORKSPACE_VERSION } from './layout.ts';

const workspaceSchema = z.object({ version: z.int().positive(), created: z.string() });

/** Makes a folder a workspace. An existing workspace of this version is left as it is. */
export async function initWorkspace(root: string, now: Date): Promise<{ created: boolean }> {
  await mkdir(root, { recursive: true });
  const record = { version: WORKSPACE_VERSION, created: now.toISOString() };
  const created = await writeFileExclusive(workspaceFile(root), `${JSON.stringify(record, null, 2)}\n`);
  if (!created) await openWorkspace(root, 'read');
  return { created };
}

/**
 * Checks that `root` is a workspace this program can use; `write` also checks that it can be written to.
 * Throws workspace errors NO_WORKSPACE, WORKSPACE_NEWER, WORKSPACE_DAMAGED, WORKSPACE_READ_ONLY.
 */
export async function openWorkspace(root: string, use: 'read' | 'write'): Promise<void> {
  const record = await readRecord(workspaceFile(root), z.unknown()).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') {
      throw workspaceError('NO_WORKSPACE', `${root} is not a RESFlow workspace: it has no workspace.json.`, {
        hint: 'Make one with `resflow init DIR`, or name one with `--workspace DIR`.',
        context: { workspace: root },
      });
    }
    throw error;
  });
  const version = z.object({ version: z.number() }).safeParse(record);
  if (version.success && version.data.version > WORKSPACE_VERSION) {
    throw workspaceError(
      'WORKSPACE_NEWER',
      `${root} was written by a newer RESFlow (layout ${version.data.version}; this program knows up to ${WORKSPACE_VERSION}).`,
      {
        hint: 'Use the newer RESFlow for this workspace; nothing was changed.',
        context: { workspace: root, actual: version.data.version, limit: WORKSPACE_VERSION },
      },
    );
  }
  const parsed = workspaceSchema.safeParse(record);
  if (!parsed.success) throw damaged(workspaceFile(root), z.prettifyError(parsed.error));
  if (use === 'write') {
    await access(root, constants.W_OK).catch((error: unknown) => {
      throw workspaceError('WORKSPACE_READ_ONLY', `${root} cannot be written to.`, {
        hint: 'Check its owner and that the file system is mounted for writing, or copy the workspace elsewhere.',
        context: { workspace: root },
        cause: error,
      });
    });
  }
}

const damaged = (file: string, why: string) =>
  workspaceError('RECORD_DAMAGED', `${file} is not a record this program can read: ${why}`, {
    hint: 'If it was edited by hand, mend it; otherwise remove it and run the command that made it again.',
    context: { file },
  });

/** Reads and checks one JSON record. Lets ENOENT through for the caller to name; throws RECORD_DAMAGED for anything else unreadable. */
export async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readFile(file, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw damaged(file, z.prettifyError(parsed.error));
  return parsed.data;
}

/** Like readRecord, but null where there is no such file. */
export async function readRecordIfAny<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return await readRecord(file, schema);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

export const writeRecord = writeJsonAtomic;

/** The names (without `.json`) of the records in a folder, sorted; none where the folder is missing. */
export async function listRecords(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.json') && ID_PATTERN.test(name))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** The names of the sub-folders that hold a file `marker`, sorted. */
export async function listFolders(folder: string, marker: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const names: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const found = await access(join(folder, entry.name, marker)).then(
      () => true,
      () => false,
    );
    if (found) names.push(entry.name);
  }
  return names.sort();
}
