import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { nameFile, systemErrorCode } from './errors.ts';
import { isAlive } from './process-identity.ts';

/** Marks our temporary files, so that `sweepTemporary` and users can tell them. */
export const TEMPORARY_MARK = '.tmp-';

const hostMark = (): string =>
  hostname()
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 24) || 'host';

/** A name beside `path`, on the same file system, not yet in use; it says which process of which host writes it. */
export const temporaryBeside = (path: string): string =>
  `${path}${TEMPORARY_MARK}${hostMark()}-${process.pid}-${randomBytes(4).toString('hex')}`;

/**
 * Removes, in a folder and below, temporary files whose writing process on this host is dead (killed before it could
 * publish or clean up). Returns their paths. Files of other hosts and of living processes stay.
 */
export async function sweepTemporary(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const pattern = new RegExp(`\\${TEMPORARY_MARK}${hostMark()}-(\\d+)-[0-9a-f]{8}$`);
  const removed: string[] = [];
  for (const entry of entries) {
    const pid = pattern.exec(entry.name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(entry.parentPath, entry.name);
    await rm(path, { recursive: true, force: true });
    removed.push(path);
  }
  return removed;
}

async function writeTemporary(path: string, content: string | Uint8Array, mode = 0o666): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw nameFile(error, temporary);
  }
  return temporary;
}

/** Writes a file whole or not at all: temporary name, fsync, rename. An older file is replaced. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  mode?: number,
): Promise<void> {
  const temporary = await writeTemporary(path, content, mode);
  await rename(temporary, path);
}

export const writeJsonAtomic = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);

/**
 * Publishes a finished temporary file under its final name only if that name is free (hard link, then unlink).
 * Returns false, and removes the temporary file, where somebody else was first.
 */
export async function publishExclusive(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes a file only if its name is free; false where somebody else was first. */
export async function writeFileExclusive(path: string, content: string | Uint8Array): Promise<boolean> {
  return publishExclusive(await writeTemporary(path, content), path);
}
