#!/usr/bin/env node
// `npm run docs`: writes docs/commands.md from the commands' declarations. With --check it only compares, and fails if the
// page is not what the declarations say.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './setup/paths.mjs';
import { commandReference } from './reference/command-reference.mjs';

const page = inRoot('docs', 'commands.md');
const load = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);

const [{ COMMANDS }, { COMMON_OPTIONS }, { ERROR_FAMILIES }] = await Promise.all([
  load('cli/commands.js'),
  load('cli/common-options.js'),
  load('core/errors.js'),
]);
const text = commandReference(COMMANDS, COMMON_OPTIONS, ERROR_FAMILIES);

if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
  process.stderr.write(`docs/commands.md: ${COMMANDS.length} commands\n`);
} else if (existsSync(page) && readFileSync(page, 'utf8') === text) {
  process.stderr.write(`docs/commands.md says what the ${COMMANDS.length} commands declare\n`);
} else {
  process.stderr.write('docs/commands.md is out of date: `npm run docs` writes it anew.\n');
  process.exitCode = 1;
}
