#!/usr/bin/env node
// `npm run build`: dist/ anew from the sources, the page included. Expects the npm packages to be installed.
import { buildProgram } from './setup/build.mjs';
import { buildPage } from './setup/page.mjs';
import { createReport } from './setup/report.mjs';
import { SetUpError } from './setup/set-up-error.mjs';

try {
  const report = createReport();
  await buildProgram({ report, force: true });
  await buildPage({ report, force: true });
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`\n${error.message}\n${error.hint}\n`);
  process.exitCode = 1;
}
