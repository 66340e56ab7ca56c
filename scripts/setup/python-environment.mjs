import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installDebianPackages } from './debian-packages.mjs';
import { inRoot } from './paths.mjs';
import { mustRun } from './run-logged.mjs';
import { SetUpError } from './set-up-error.mjs';

const folder = inRoot('.venv');
const python = join(folder, 'bin', 'python');
/** Written last, so that a folder without it is one that an interrupted set-up left. Holds the digests of what is in it. */
const stampFile = join(folder, 'resflow-stamp.json');
const locks = {
  run: inRoot('trainer', 'requirements.lock'),
  test: inRoot('trainer', 'requirements-dev.lock'),
  spark: inRoot('spark', 'requirements.lock'),
};
const EXTRAS = ['test', 'spark'];

/**
 * Provides `.venv` with exactly what the lock files name; `tests` adds what the checks need, `spark` what the Spark driver
 * does. What was added once stays, and is kept to its lock. A Python of the user's own (RESFLOW_PYTHON) is left as it is.
 */
export async function providePythonEnvironment({ report, apt, tests = false, spark = false }) {
  if (!existsSync(locks.run) || (process.env.RESFLOW_PYTHON && !tests)) return;
  const asked = { test: tests, spark };
  const before = readStamp();
  const wanted = { run: digest(locks.run) };
  for (const extra of EXTRAS)
    wanted[extra] =
      existsSync(locks[extra]) && (asked[extra] || before?.[extra]) ? digest(locks[extra]) : null;
  const stamp = before ?? adopt(wanted);
  const changed = (name) => (stamp?.[name] ?? null) !== wanted[name];
  if (stamp !== null && !['run', ...EXTRAS].some(changed)) return;
  rmSync(stampFile, { force: true });
  if (stamp === null) await makeFresh(report, apt);
  const done = report.step(
    'Python packages',
    stamp === null || (spark && changed('spark'))
      ? `${stamp === null ? 'PyTorch' : 'Spark'} is large: 1 to 5 minutes`
      : 'what has changed',
  );
  if (stamp === null || changed('run')) await install(locks.run);
  for (const extra of EXTRAS)
    if (wanted[extra] !== null && (stamp === null || changed(extra))) await install(locks[extra]);
  writeStamp(wanted);
  done('installed');
}

async function makeFresh(report, apt) {
  rmSync(folder, { recursive: true, force: true });
  const base = await findPython(report, apt);
  const done = report.step('Python environment .venv');
  await mustRun('python-venv', base, ['-m', 'venv', folder], { timeoutMs: 300_000 });
  done('made');
}

function install(lock) {
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', lock];
  const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' };
  return mustRun('python-packages', python, args, { env, timeoutMs: 3_600_000 });
}

const CAN_MAKE_VENV = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 3)';

/** RESFLOW_BASE_PYTHON, or the first Python 3.11 or newer on the path that can make environments. */
async function findPython(report, apt) {
  const names = [process.env.RESFLOW_BASE_PYTHON, 'python3', 'python3.13', 'python3.12', 'python3.11'].filter(
    Boolean,
  );
  const fits = () =>
    names.find((name) => spawnSync(name, ['-c', CAN_MAKE_VENV], { stdio: 'ignore' }).status === 0);
  const found = fits();
  if (found !== undefined) return found;
  await installDebianPackages(['python3', 'python3-venv'], 'Training (Python 3.11 or newer with venv)', {
    report,
    apt,
  });
  const installed = fits();
  if (installed !== undefined) return installed;
  throw new SetUpError(
    'No Python 3.11 or newer with the venv module was found',
    'Install one, and name it if it is not on the path: RESFLOW_BASE_PYTHON=/path/to/python3 npm run setup',
  );
}

/** An environment without a stamp counts only if every package is there, in its version, with all of its files. */
function adopt(wanted) {
  if (!existsSync(python)) return null;
  const complete = (lock) =>
    spawnSync(python, ['-c', CHECK, lock], { stdio: 'ignore', timeout: 120_000 }).status === 0;
  if (!complete(locks.run)) return null;
  const stamp = { run: wanted.run };
  for (const extra of EXTRAS)
    stamp[extra] = existsSync(locks[extra]) && complete(locks[extra]) ? digest(locks[extra]) : null;
  writeStamp(stamp);
  return stamp;
}

const CHECK = `
import sys
from importlib.metadata import distribution
from pathlib import Path
for line in Path(sys.argv[1]).read_text().splitlines():
    if '==' not in line or line.startswith('#'):
        continue
    name, version = line.split()[0].split('==')
    found = distribution(name)
    assert found.version.split('+')[0] == version, name
    assert found.files and all(f.locate().exists() for f in found.files if f.suffix in ('.py', '.so')), name
`;

function readStamp() {
  try {
    return existsSync(python) ? JSON.parse(readFileSync(stampFile, 'utf8')) : null;
  } catch {
    return null;
  }
}

function writeStamp(stamp) {
  writeFileSync(`${stampFile}.partial`, JSON.stringify(stamp));
  renameSync(`${stampFile}.partial`, stampFile);
}

const digest = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
