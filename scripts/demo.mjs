#!/usr/bin/env node
// `npm run demo`: set-up, then the whole walk from scenes to a measured map, by the program's own commands. Each command
// is printed before it runs. Plain JavaScript, since nothing is installed yet when it starts.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from './setup/paths.mjs';
import { setUp } from './setup/set-up.mjs';
import { SetUpError } from './setup/set-up-error.mjs';
import { DemoStopped, shortest } from './demo/command-runner.mjs';
import { walk } from './demo/walk.mjs';

/** Training of the models of buckets, in all: the whole demo stays under ten minutes. */
const GALLERY_MINUTES = 1;

const HELP = `npm run demo [-- OPTIONS]

Makes scenes of places that do not exist, trains a small model on some of them, maps others it has not seen, says how
good the maps are, and compares a model for each kind of ground with the one for all: under ten minutes on two cores.
Running it again goes on where it stopped, and reuses the rest.

  --data DIR      use the real scenes in DIR instead (a folder laid out as its README.md says), with longer training
  --dir DIR       the workspace [demo-workspace, or demo-workspace-real with --data]
  --minutes N     time for training [2.5, or 30 with --data]
  --gsd METRES    working resolution on the ground [0.5, or 0.3 with --data]
  --fresh         start over: empties the workspace first
  --no-setup      go straight to the walk`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    dir: { type: 'string' },
    minutes: { type: 'string' },
    gsd: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    'no-setup': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

// gdal-async finds its binding with a tool that reads the command line too, and takes --dir for its own --directory.
process.argv.splice(2);

process.exitCode = values.help ? usage('', 0) : await main();

function usage(problem, exitCode) {
  process.stdout.write(`${problem}${HELP}\n`);
  return exitCode;
}

async function main() {
  const real = values.data !== undefined;
  const minutes = Number(values.minutes ?? (real ? 30 : 2.5));
  const gsd = Number(values.gsd ?? (real ? 0.3 : 0.5));
  if (!(minutes > 0)) return usage(`--minutes ${values.minutes} is not a number above 0.\n\n`, 2);
  if (!(gsd > 0)) return usage(`--gsd ${values.gsd} is not a number above 0.\n\n`, 2);
  const workspace = resolve(values.dir ?? inRoot(real ? 'demo-workspace-real' : 'demo-workspace'));
  try {
    if (!values['no-setup']) await setUp({});
    await walk({
      workspace,
      shown: shortest(workspace),
      data: real ? resolve(values.data) : null,
      minutes,
      galleryMinutes: real ? 15 : GALLERY_MINUTES,
      gsd,
      fresh: values.fresh,
    });
    return 0;
  } catch (error) {
    if (error instanceof SetUpError) {
      process.stderr.write(`\nset-up stopped: ${error.message}\n${error.hint}\n`);
      return 5;
    }
    if (!(error instanceof DemoStopped)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    return error.exitCode;
  }
}
