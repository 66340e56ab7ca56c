#!/usr/bin/env node
// `npm test`: set-up, then every check of the project, each to its end; a table and `N passed, N failed` close it.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inRoot } from './setup/paths.mjs';
import { setUp } from './setup/set-up.mjs';
import { SetUpError } from './setup/set-up-error.mjs';
import { CHECKS } from './checks/checks.mjs';
import { runCheck } from './checks/run-check.mjs';
import { closingLine, failuresAgain, summaryTable } from './checks/summary.mjs';

const names = CHECKS.map((check) => check.name);
const HELP = `npm test [-- OPTIONS]

  --only NAME   only this check (may be repeated): ${names.join(', ')}
  --skip NAME   all but this one (may be repeated)
  --no-setup    go straight to the checks`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    skip: { type: 'string', multiple: true, default: [] },
    'no-setup': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const unknown = [...values.only, ...values.skip].filter((name) => !names.includes(name));

if (values.help || unknown.length > 0) {
  process.stdout.write(`${unknown.map((name) => `There is no check '${name}'.\n`).join('')}${HELP}\n`);
  process.exitCode = unknown.length > 0 ? 2 : 0;
} else {
  process.exitCode = await main();
}

async function main() {
  const wanted = CHECKS.filter(
    (check) =>
      (values.only.length === 0 || values.only.includes(check.name)) && !values.skip.includes(check.name),
  );
  const results = [];
  if (!values['no-setup']) results.push(await runSetUp(wanted));
  if (results.every((result) => result.ok)) {
    for (const check of wanted) results.push(await runCheck(check));
  } else {
    for (const { name } of wanted)
      results.push({ name, ok: false, seconds: 0, detail: 'not run: the set-up failed' });
  }
  if (!existsSync(inRoot('..', 'shared', 'data'))) {
    process.stdout.write(
      '\nNote: there is no ../shared/data beside this checkout, so tests on real scenes were skipped.\n',
    );
  }
  process.stdout.write(`\n${failuresAgain(results)}${summaryTable(results)}\n\n${closingLine(results)}\n`);
  return results.every((result) => result.ok) ? 0 : 1;
}

async function runSetUp(checks) {
  const from = performance.now();
  const result = (ok, detail) => ({ name: 'set-up', ok, seconds: (performance.now() - from) / 1000, detail });
  const needs = (what) => checks.some((check) => check.needs?.includes(what));
  try {
    await setUp({
      python: needs('python'),
      tests: needs('python'),
      spark: needs('spark'),
      browser: needs('browser'),
    });
    return result(true, '');
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    process.stderr.write(`\nset-up stopped: ${error.message}\n${error.hint}\n`);
    return result(false, error.message.split('\n')[0]);
  }
}
