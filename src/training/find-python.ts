import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resourceError } from '../core/errors.ts';
import type { TrainerHome } from './run-trainer.ts';

/** The package's own folder: two above this file, in src/ as in dist/. */
const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The Python that trains: RESFLOW_PYTHON where it is set, else the environment that `npm run setup` makes in the
 * package's folder. Throws resource error PYTHON_MISSING.
 */
export async function findTrainer(env: Readonly<Record<string, string | undefined>>): Promise<TrainerHome> {
  const named = env['RESFLOW_PYTHON'];
  const python = named ?? join(PACKAGE_ROOT, '.venv', 'bin', 'python');
  const isPath = python.includes('/');
  const found =
    !isPath ||
    (await access(python, constants.X_OK).then(
      () => true,
      () => false,
    ));
  if (found) return { python, trainerFolder: join(PACKAGE_ROOT, 'trainer') };
  throw resourceError('PYTHON_MISSING', `There is no Python for training at ${python}.`, {
    hint:
      named === undefined
        ? 'Run `npm run setup` to make it, or name one with PyTorch in RESFLOW_PYTHON; `resflow doctor` says what is missing.'
        : 'RESFLOW_PYTHON names it; correct or unset it.',
    context: { python },
  });
}
