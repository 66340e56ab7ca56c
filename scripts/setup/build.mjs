import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, stateFolder } from './paths.mjs';
import { mustRun } from './run-logged.mjs';

const stampFile = join(stateFolder, 'build');
const dist = inRoot('dist');

/** Builds dist/ where the sources are not those it was built from. The new build replaces the old one whole. */
export async function buildProgram({ report, force = false }) {
  // An installed package brings dist/ and no sources.
  if (!existsSync(inRoot('src'))) return;
  const wanted = digestOfSources();
  if (!force && existsSync(join(dist, 'cli', 'main.js')) && readIfAny(stampFile) === wanted) return;
  const done = report.step('building the program');
  const fresh = join(stateFolder, `dist-${process.pid}`);
  const old = join(stateFolder, `dist-old-${process.pid}`);
  const compiler = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  try {
    await mustRun('build', process.execPath, [compiler, '-p', inRoot('tsconfig.json'), '--outDir', fresh], {
      timeoutMs: 300_000,
    });
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(stampFile, wanted);
  done('built');
}

/** Of the names and contents of everything that the compiler reads. */
function digestOfSources() {
  const hash = createHash('sha256').update(readFileSync(inRoot('tsconfig.json')));
  hash.update(readIfAny(inRoot('node_modules', 'typescript', 'package.json')) ?? '');
  const isRead = (name) => /\.(ts|json)$/.test(name) && !name.endsWith('.test.ts');
  const names = readdirSync(inRoot('src'), { recursive: true, encoding: 'utf8' }).filter(isRead);
  names.sort((a, b) => (a < b ? -1 : 1));
  for (const name of names) {
    hash.update(`\0${name}\0`).update(readFileSync(inRoot('src', name)));
  }
  mkdirSync(stateFolder, { recursive: true });
  return hash.digest('hex');
}

function readIfAny(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
