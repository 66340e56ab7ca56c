#!/usr/bin/env node
// Installs what is missing and builds the program: `npm run setup`. Plain JavaScript without dependencies, since nothing
// is installed yet when it runs.
import { parseArgs } from 'node:util';
import { setUp } from './setup/set-up.mjs';
import { SetUpError } from './setup/set-up-error.mjs';

const HELP = `npm run setup [-- OPTIONS]

Installs what RESFlow needs and builds it. Running it again does only what is missing.

  --with browser   also a browser (Debian's chromium), for tests
  --with tests     also the Python packages that the checks need
  --no-python      leave out the Python environment: everything works but training and Spark
  --no-spark       leave out Spark (900 MB) and Java: runs stay on this machine
  --no-apt         never install Debian packages; say which are missing instead

Environment:
  RESFLOW_SYSTEM_GDAL=1   use the system's GDAL, not the prebuilt one of gdal-async
  RESFLOW_BASE_PYTHON=PATH  the Python (3.11 or newer) to make .venv from
  RESFLOW_PYTHON=PATH     a Python that has what training needs already; no .venv is made then
  XDG_CACHE_HOME          where the built GDAL binding and the logs are kept (default ~/.cache)`;

const { values } = parseArgs({
  options: {
    with: { type: 'string', multiple: true, default: [] },
    'no-python': { type: 'boolean', default: false },
    'no-spark': { type: 'boolean', default: false },
    'no-apt': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(`${HELP}\n`);
} else {
  try {
    await setUp({
      apt: !values['no-apt'],
      python: !values['no-python'],
      spark: !values['no-spark'],
      browser: values.with.includes('browser'),
      tests: values.with.includes('tests'),
    });
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    process.stderr.write(`\nset-up stopped: ${error.message}\n${error.hint}\n`);
    process.exitCode = 5;
  }
}
