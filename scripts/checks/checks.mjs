import { inRoot } from '../setup/paths.mjs';

const node = process.execPath;
const bin = (name, file) => inRoot('node_modules', name, file);
const vitest = (...args) => [node, bin('vitest', 'vitest.mjs'), 'run', ...args];
const compile = (project) => [node, bin('typescript', 'bin/tsc'), '-p', project];
const lint = (project, ...paths) => [
  node,
  bin('oxlint', 'bin/oxlint'),
  '--type-aware',
  '--tsconfig',
  project,
  '--deny-warnings',
  ...paths,
];
const python = (...args) => [inRoot('.venv', 'bin', 'python'), '-m', ...args];
const trainer = inRoot('trainer');

/**
 * Every check of `npm test`, in order, cheap ones first. `needs`: what beyond npm packages and GDAL the set-up provides
 * for it. A check passes if all of its commands exit with 0.
 */
export const CHECKS = [
  { name: 'types', commands: ['tsconfig.check.json', 'web/tsconfig.json'].map(compile) },
  {
    name: 'lint',
    commands: [lint('tsconfig.check.json', '--ignore-pattern', 'web', '.'), lint('web/tsconfig.json', 'web')],
  },
  { name: 'format', commands: [[node, bin('prettier', 'bin/prettier.cjs'), '--check', '.']] },
  { name: 'reference', commands: [[node, 'scripts/docs.mjs', '--check']] },
  { name: 'architecture', commands: [vitest('tests/architecture')] },
  {
    name: 'trainer-lint',
    needs: ['python'],
    cwd: trainer,
    commands: [
      python('ruff', 'check', '.', '../spark'),
      python('ruff', 'format', '--check', '.', '../spark'),
      python('mypy'),
    ],
  },
  { name: 'unit', needs: ['python'], commands: [vitest('src')] },
  { name: 'trainer', needs: ['python'], cwd: trainer, commands: [python('pytest', '-q')] },
  {
    name: 'end-to-end',
    needs: ['python', 'browser'],
    commands: [
      vitest(
        'tests',
        ...['tests/architecture.test.ts', 'tests/browser/**', 'tests/faults/**', 'tests/spark/**'].flatMap(
          (path) => ['--exclude', path],
        ),
      ),
    ],
  },
  { name: 'browser', needs: ['python', 'browser'], commands: [vitest('tests/browser', '--maxWorkers', '1')] },
  { name: 'spark', needs: ['python', 'spark'], commands: [vitest('tests/spark', '--maxWorkers', '1')] },
  { name: 'faults', needs: ['python'], commands: [vitest('tests/faults')] },
];
