import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfFiles, readIfAny } from './digest-of-files.mjs';
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
    // The page is built apart (page.mjs) and stays.
    if (existsSync(join(dist, 'web'))) renameSync(join(dist, 'web'), join(fresh, 'web'));
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(stampFile, wanted);
  done('built');
}

/** Of everything that the compiler reads. */
const digestOfSources = () =>
  digestOfFiles(
    ['tsconfig.json', 'node_modules/typescript/package.json'],
    'src',
    (name) => /\.(ts|json)$/.test(name) && !name.endsWith('.test.ts'),
  );
