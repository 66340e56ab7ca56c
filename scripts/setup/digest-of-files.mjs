import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from './paths.mjs';

/** Digest of single files of the package, and of the names and contents of the files of a folder that are `read`. */
export function digestOfFiles(files, folder, read) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readIfAny(inRoot(file)) ?? '');
  const names = readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && read(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  names.sort((a, b) => (a < b ? -1 : 1));
  for (const name of names)
    hash.update(`\0${name.slice(inRoot(folder).length)}\0`).update(readFileSync(name));
  return hash.digest('hex');
}

export function readIfAny(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
