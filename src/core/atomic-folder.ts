import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { temporaryBeside } from './atomic-file.ts';
import { systemErrorCode } from './errors.ts';

/**
 * Makes a folder whole or not at all: `write` fills a temporary one beside it, which is then renamed. Where the final one
 * is there by then (somebody else was first), it stays as it is, and false is returned.
 */
export async function writeFolderOnce(
  folder: string,
  write: (temporary: string) => Promise<void>,
): Promise<boolean> {
  const parent = dirname(folder);
  const temporary = temporaryBeside(folder);
  await mkdir(temporary, { recursive: true });
  try {
    await write(temporary);
    await rename(temporary, folder);
    const handle = await open(parent, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '')) return false;
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
