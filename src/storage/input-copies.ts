import { link, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AppendFile } from '../core/append-file.ts';
import { digestOfFile } from '../core/digest.ts';
import { systemErrorCode } from '../core/errors.ts';

/**
 * Copies of what tasks read, each under its digest, for all processes of a host. Who uses one has a link to it in a folder
 * of its own (a temporary one, swept once its process is dead): so the file system itself counts who does, the bytes stay
 * for whoever has a link, and a copy may be removed at any moment.
 */
export interface CopyLimits {
  /** For how long a copy stays after somebody last took it up. */
  readonly milliseconds: number;
  /** Of all copies together; those taken up longest ago go first. */
  readonly bytes: number;
}

const DAY_MS = 86_400_000;
export const COPY_LIMITS: CopyLimits = { milliseconds: 7 * DAY_MS, bytes: 8 * 2 ** 30 };

/** Removes copies that nobody uses and that are past the limits. Gives their digests. */
export async function sweepCopies(folder: string, limits: CopyLimits = COPY_LIMITS): Promise<string[]> {
  const names = await unlessMissing(readdir(folder), []);
  const copies = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map(async (name) => ({ name, found: await unlessMissing(stat(join(folder, name)), null) })),
  );
  const files = copies.flatMap(({ name, found }) => {
    if (found?.isFile() !== true) return [];
    const { size, mtimeMs, nlink } = found;
    return [{ name, size, mtimeMs, nlink }];
  });
  let total = files.reduce((sum, { size }) => sum + size, 0);
  const removed: string[] = [];
  for (const { name, size, mtimeMs, nlink } of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
    const old = Date.now() - mtimeMs > limits.milliseconds;
    if (nlink > 1 || (!old && total <= limits.bytes)) continue;
    await rm(join(folder, name), { force: true });
    total -= size;
    removed.push(name);
  }
  return removed;
}

/** Links a copy to a path, if it is there and is what its name says. */
export async function takeCopy(folder: string, sha256: string, path: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  const taken = await unlessMissing(
    link(join(folder, sha256), path).then(() => true),
    false,
  );
  if (!taken) return false;
  if ((await digestOfFile(path)) !== sha256) {
    await rm(path);
    return false;
  }
  const now = new Date();
  await utimes(path, now, now);
  return true;
}

/** Links a file that was just written to a path, and leaves it to others as a copy. */
export async function leaveCopy(
  folder: string,
  sha256: string,
  out: AppendFile,
  path: string,
): Promise<void> {
  await link(out.temporary, path);
  await rename(out.temporary, join(folder, sha256));
}

async function unlessMissing<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return otherwise;
    throw error;
  }
}
