import { spawnSync } from 'node:child_process';
import { mustRun } from './run-logged.mjs';
import { SetUpError } from './set-up-error.mjs';

export const has = (program) =>
  spawnSync('sh', ['-c', `command -v "${program}"`], { stdio: 'ignore' }).status === 0;

let listsAreFresh = false;

/**
 * Installs Debian packages where that is allowed (root, apt-get, not --no-apt); otherwise stops with their names and the
 * exact command. `why` says what needs them.
 */
export async function installDebianPackages(names, why, { report, apt = true }) {
  const root = process.getuid?.() === 0;
  if (!apt || !root || !has('apt-get')) {
    throw new SetUpError(
      `${why} needs programs that are missing: ${names.join(' ')}`,
      has('apt-get')
        ? `Install them, then run this again:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`
        : `These are Debian's names; install what your system calls them, then run this again.`,
    );
  }
  const done = report.step(`Debian packages ${names.join(' ')}`, 'about half a minute');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lockWait = ['-o', 'DPkg::Lock::Timeout=120'];
  if (!listsAreFresh)
    await mustRun('apt-update', 'apt-get', ['update', '-q', ...lockWait], { env, timeoutMs: 300_000 });
  listsAreFresh = true;
  const install = ['install', '-y', '-q', '--no-install-recommends', ...lockWait, ...names];
  await mustRun('apt-install', 'apt-get', install, { env, timeoutMs: 1_200_000 });
  done('installed');
}
