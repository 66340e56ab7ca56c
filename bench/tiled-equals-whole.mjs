// How much a map made of chips differs from one pass over the whole scene: class pixels and confidence, by halo.
// `node bench/tiled-equals-whole.mjs`, with the newest Mono of the quality bench, on a scene of 2048 x 2048 pixels.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from './measure.mjs';
import { CACHE, PYTHON, ROOT } from './workspace.mjs';

const HOME = join(CACHE, 'quality');
const SCENE = 'kenya_nairobi_A';
if (!existsSync(join(HOME, 'scenes', `${SCENE}.json`))) {
  process.stderr.write('SKIPPED: this bench needs the workspace of `npm run bench:quality`.\n');
  process.exit(0);
}
function map(...options) {
  const args = [
    'map',
    'run',
    'buildings',
    '--scenes',
    SCENE,
    '--gsd',
    'own',
    '--variant',
    'float32',
    '--max-memory',
    '12GiB',
    ...options,
  ];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'bin', 'resflow'), ...args, '--workspace', HOME, '--json'],
    { encoding: 'utf8' },
  );
  const run = JSON.parse(stdout);
  if (run.scenes === undefined) throw new Error(stdout + stderr);
  return run;
}
const difference = (a, b) =>
  JSON.parse(
    execFileSync(
      PYTHON,
      [
        '-c',
        `import json, rasterio, sys, numpy as np
def layers(folder):
    return [rasterio.open(f"{folder}/{name}.tif").read(1) for name in ("class", "confidence")]
(ca, fa), (cb, fb) = layers(sys.argv[1]), layers(sys.argv[2])
print(json.dumps({"share": float((ca != cb).mean()), "steps": int(np.abs(fa.astype(int) - fb).max())}))`,
        a,
        b,
      ],
      { encoding: 'utf8' },
    ),
  );
const folder = (run) => join(run.scenes[0].layers.class, '..');

const card = JSON.parse(
  readFileSync(
    join(
      HOME,
      JSON.parse(
        readFileSync(join(HOME, 'runs', map('--core', '512').run, 'plan.jsonl'), 'utf8').split('\n')[0],
      ).model.folder,
      'card.json',
    ),
    'utf8',
  ),
);
const { multiple } = card.input;
const theory = Math.ceil(card.halo.theoreticalPixels / multiple) * multiple;
const rows = [];
for (const halo of new Set([theory, card.halo.pixels, multiple])) {
  // The whole scene is one chip, with the halo it takes for its surroundings to stop mattering.
  const whole = map('--core', '2048', '--halo', String(theory), '--workers', '1');
  const tiled = map('--core', '512', '--halo', String(halo), '--region', '2048', '--fresh');
  const { share, steps } = difference(folder(whole), folder(tiled));
  const name =
    halo === theory
      ? 'the receptive field'
      : halo === card.halo.pixels
        ? "the card's (default)"
        : 'too small';
  rows.push([`${halo} px, ${name}`, (share * 100).toFixed(4), steps, tiled.seamScore.toFixed(6)]);
}
process.stdout.write(
  `${card.id}, ${SCENE}, 2048 x 2048 px, float32, 16 chips of 512 px against one pass\n\n${table(['halo', 'class pixels that differ, %', 'largest difference of confidence, steps of 1/255', 'seam score'], rows)}\n`,
);
