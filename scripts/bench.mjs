#!/usr/bin/env node
// `npm run bench [NAME [OPTIONS]]`: set-up, then one benchmark of bench/, or all of the speed and memory ones. Each measures
// against a second command in the same run, and can be run again.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { inRoot } from './setup/paths.mjs';
import { setUp } from './setup/set-up.mjs';
import { SetUpError } from './setup/set-up-error.mjs';

const SPEED = ['end-to-end', 'no-model'].filter((name) => existsSync(inRoot('bench', `${name}.mjs`)));

const [name, ...rest] = process.argv.slice(2);
const chosen = name === undefined || name.startsWith('-') ? SPEED : [name];
const options = chosen === SPEED ? process.argv.slice(2) : rest;
const unknown = chosen.filter((one) => !existsSync(inRoot('bench', `${one}.mjs`)));

if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark '${unknown[0]}'. There are: ${[...SPEED, 'quality'].join(', ')}.\n`,
  );
  process.exitCode = 2;
} else {
  try {
    await setUp({ tests: true });
    for (const one of chosen) process.exitCode ||= run(one);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    process.stderr.write(`\nset-up stopped: ${error.message}\n${error.hint}\n`);
    process.exitCode = 5;
  }
}

function run(one) {
  const script = inRoot('bench', `${one}.mjs`);
  return spawnSync(process.execPath, [script, ...options], { cwd: inRoot(), stdio: 'inherit' }).status ?? 1;
}
