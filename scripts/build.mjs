#!/usr/bin/env node
// `npm run build`: dist/ anew from the sources. Expects the npm packages to be installed.
import { buildProgram } from './setup/build.mjs';
import { createReport } from './setup/report.mjs';
import { SetUpError } from './setup/set-up-error.mjs';

try {
  await buildProgram({ report: createReport(), force: true });
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`\n${error.message}\n${error.hint}\n`);
  process.exitCode = 1;
}
