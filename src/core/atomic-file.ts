import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from './errors.ts';

/** Marks our temporary files, so that `sweepTemporary` and users can tell them. */
export const TEMPORARY_MARK = '.tmp-';

/** A name beside `path`, on the same file system, not yet in use. */
export const temporaryBeside = (path: string): string =>
  `${path}${TEMPORARY_MARK}${process.pid}-${randomBytes(4).toString('hex')}`;

async function writeTemporary(path: string, content: string | Uint8Array): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

/** Writes a file whole or not at all: temporary name, fsync, rename. An older file is replaced. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = await writeTemporary(path, content);
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
