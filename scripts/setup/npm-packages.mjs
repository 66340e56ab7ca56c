import { existsSync, readFileSync, rmSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { mustRun } from './run-logged.mjs';

/**
 * Installs the npm packages where what lies in node_modules is not what package-lock.json names. npm's own record of the
 * install (node_modules/.package-lock.json, written last) is compared, so an interrupted install counts as missing and a
 * developer's `npm install` counts as done.
 */
export async function installNpmPackages({ report }) {
  if (!existsSync(inRoot('package-lock.json')) || packagesAreInstalled()) return;
  const done = report.step('npm packages', 'about a minute the first time');
  // npm 10 does not know package.json's allowScripts; the variable keeps onnxruntime's script from fetching GPU libraries.
  const env = {
    ...process.env,
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
  // npm does this itself, but gives up on what an interrupted install left.
  rmSync(inRoot('node_modules'), { recursive: true, force: true, maxRetries: 5 });
  await mustRun('npm-ci', 'npm', ['ci', '--ignore-scripts', '--no-progress'], {
    cwd: inRoot(),
    env,
    timeoutMs: 1_800_000,
  });
  done('installed');
}

/** Every package of the lock is there in its version, and nothing else is; optional ones may be absent. */
export function packagesAreInstalled() {
  const wanted = readPackages(inRoot('package-lock.json'));
  const found = readPackages(inRoot('node_modules', '.package-lock.json'));
  if (wanted === null || found === null) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || (found[path] === undefined && entry.optional)) continue;
    if (found[path]?.version !== entry.version) return false;
  }
  if (!Object.keys(found).every((path) => wanted[path] !== undefined)) return false;
  return Object.keys(found).every((path) => existsSync(inRoot(path)));
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}
