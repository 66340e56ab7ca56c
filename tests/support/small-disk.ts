import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A small file system at a folder, where this process may make one (root on Linux); null elsewhere. */
export function mountSmallDisk(path: string, mebibytes: number): (() => void) | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path], { stdio: 'ignore' });
    return () => execFileSync('umount', ['-l', path]);
  } catch {
    return null;
  }
}

/** Takes all space that is left on a disk, every time that it is called. */
export function fillDisk(path: string): void {
  const file = openSync(join(path, 'filler'), 'a');
  const bytes = Buffer.alloc(4096);
  try {
    for (;;) writeSync(file, bytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
}

/** Gives the space back that `fillDisk` took. */
export const clearDisk = (path: string): void => rmSync(join(path, 'filler'));
