import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfFiles, readIfAny } from './digest-of-files.mjs';
import { inRoot, stateFolder } from './paths.mjs';
import { mustRun } from './run-logged.mjs';

const stampFile = join(stateFolder, 'page');
const page = inRoot('dist', 'web');

/** Builds dist/web, the page of `resflow serve`, where the sources are not those it was built from. */
export async function buildPage({ report, force = false }) {
  // An installed package brings the built page and no sources.
  if (!existsSync(inRoot('web'))) return;
  const wanted = digestOfFiles(['package-lock.json', 'tsconfig.json'], 'web', () => true);
  if (!force && existsSync(join(page, 'index.html')) && readIfAny(stampFile) === wanted) return;
  const done = report.step('building the page');
  const fresh = join(stateFolder, `page-${process.pid}`);
  const vite = inRoot('node_modules', 'vite', 'bin', 'vite.js');
  try {
    await mustRun('page', process.execPath, [vite, 'build', inRoot('web'), '--outDir', fresh], {
      timeoutMs: 300_000,
    });
    rmSync(page, { recursive: true, force: true });
    renameSync(fresh, page);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(stampFile, wanted);
  done('built');
}
