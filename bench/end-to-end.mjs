// A scene to its map, end to end, the same weights in the same run: RESFlow against scripts of a careful user.
// (a) RESFlow float32 against rasterio + ONNX Runtime float32; (b) RESFlow int8 against rasterio + PyTorch, channels-last, the
// better of float32 and bfloat16. On one core and on two. `node bench/end-to-end.mjs [--crop 4096] [--pairs 3] [--cores 1,2]`
// --skip onnx or --skip torch leaves out (a) or (b); --precisions float32 leaves bfloat16 out, which is slow where the CPU does
// not multiply it in hardware (no avx512_bf16, no AMX).
// Takes the newest Mono of the quality bench (`npm run bench:quality -- --quick` makes one), or --model ID of it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, median, run, table } from './measure.mjs';
import { CACHE, LARGE, PYTHON, ROOT, taskReports } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    crop: { type: 'string' },
    pairs: { type: 'string', default: '3' },
    cores: { type: 'string', default: '1,2' },
    core: { type: 'string', default: '1024' },
    model: { type: 'string' },
    precisions: { type: 'string', default: 'float32,bfloat16' },
    skip: { type: 'string', multiple: true, default: [] },
  },
});
const HOME = join(CACHE, 'quality');
const APP = 'buildings';
const models = join(HOME, 'models', APP);
if (!existsSync(LARGE) || !existsSync(models)) {
  process.stderr.write(
    'SKIPPED: this bench needs the shared data, and a model: `npm run bench:quality -- --quick` first.\n',
  );
  process.exit(0);
}
const created = (id) => JSON.parse(readFileSync(join(models, id, 'card.json'), 'utf8')).created;
const finished = readdirSync(models).filter(
  (id) => !id.includes('.') && existsSync(join(models, id, 'card.json')),
);
const model = values.model ?? finished.sort((a, b) => (created(a) < created(b) ? -1 : 1)).at(-1);
const card = JSON.parse(readFileSync(join(models, model, 'card.json'), 'utf8'));

const program = (args) => [
  process.execPath,
  join(ROOT, 'bin', 'resflow'),
  ...args,
  '--workspace',
  HOME,
  '--json',
];
const crop = values.crop === undefined ? null : Number(values.crop);
// Uncompressed: two JPEG decoders give pixels that differ by a step or two.
const scene = crop === null ? 'large' : `large-raw-${crop}`;
const source = crop === null ? LARGE : join(CACHE, `${scene}.tif`);
if (crop !== null && !existsSync(source)) {
  execFileSync(PYTHON, [
    '-c',
    `import rasterio, sys
with rasterio.open(sys.argv[1]) as s:
    w = rasterio.windows.Window(2048, 2048, ${crop}, ${crop})
    p = s.profile; p.update(width=${crop}, height=${crop}, transform=s.window_transform(w), compress=None, photometric="RGB")
    with rasterio.open(sys.argv[2], "w", **p) as o:
        o.write(s.read(window=w))`,
    LARGE,
    source,
  ]);
}
if (!existsSync(join(HOME, 'scenes', `${scene}.json`))) {
  await run(program(['scene', 'add', source, '--id', scene, '--place', 'banepa-large']));
}
// The peers run the same weights from a plain export.
const plain = join(CACHE, `peer-model-${model}`);
if (!existsSync(join(plain, 'model.onnx')))
  await run([PYTHON, join(ROOT, 'bench', 'peers', 'plain_model.py'), join(models, model), plain], {
    env: { PYTHONPATH: join(ROOT, 'trainer') },
  });
const CORE = Number(values.core);
/** The peer's tiles: what RESFlow takes by default. */
const PEER_CORE = 1024;
const HALO = card.halo.pixels;

function ours(variant, cores) {
  return async () => {
    const args = [
      'map',
      'run',
      APP,
      '--scenes',
      scene,
      '--model',
      model,
      '--variant',
      variant,
      '--gsd',
      'own',
      '--core',
      String(CORE),
      '--workers',
      String(cores),
      '--fresh',
    ];
    const { stdout } = await run(program(args), { cpus: cores === 1 ? '0' : '0,1' });
    const done = JSON.parse(stdout);
    const network = taskReports(HOME, done.run).reduce((sum, report) => sum + report.seconds.inference, 0);
    return {
      seconds: done.seconds,
      share: network / (done.seconds * cores),
      classes: done.scenes[0].layers.class,
      memory: done.peakMemoryMiB,
    };
  };
}

function peer(engine, precision, cores) {
  return async () => {
    const out = join(CACHE, `peer-${engine}-${precision}`);
    const args = [
      source,
      plain,
      out,
      '--item',
      join(HOME, 'scenes', `${scene}.json`),
      '--engine',
      engine,
      '--precision',
      precision,
      '--threads',
      String(cores),
      '--tile',
      String(PEER_CORE + 2 * HALO),
    ];
    const { stdout } = await run([PYTHON, join(ROOT, 'bench', 'peers', 'map_scene.py'), ...args], {
      cpus: cores === 1 ? '0' : '0,1',
      env: { PYTHONPATH: join(ROOT, 'trainer') },
    });
    const done = JSON.parse(stdout);
    return {
      seconds: done.seconds,
      share: done.networkSeconds / done.seconds,
      classes: join(out, 'class.tif'),
    };
  };
}

/** Share of pixels with data in both maps whose classes are equal. */
const agreement = (a, b) =>
  Number(
    execFileSync(
      PYTHON,
      [
        '-c',
        `import rasterio, sys
a, b = (rasterio.open(p).read(1) for p in sys.argv[1:])
both = (a != 255) & (b != 255)
print((a[both] == b[both]).mean())`,
        a,
        b,
      ],
      { encoding: 'utf8' },
    ),
  );

const last = (result, side) => result.rows.at(-1)[side];
const share = (result, side) => median(result.rows.map((row) => row[side].share)).toFixed(3);
const rowOf = (cores, variant, against, result) => [
  cores,
  variant,
  against,
  result.a.toFixed(1),
  result.b.toFixed(1),
  result.ratio.toFixed(2),
  share(result, 'a'),
  share(result, 'b'),
  agreement(last(result, 'a').classes, last(result, 'b').classes).toFixed(5),
  last(result, 'a').memory,
];
const rows = [];
const pairs = Number(values.pairs);
for (const cores of values.cores.split(',').map(Number)) {
  if (!values.skip.includes('onnx')) {
    const a = await compare(ours('float32', cores), peer('onnx', 'float32', cores), pairs);
    rows.push(rowOf(cores, 'float32', 'rasterio + ONNX Runtime float32', a));
  }
  if (values.skip.includes('torch') || card.variants.int8 === undefined) continue;
  const trials = [];
  for (const precision of values.precisions.split(',')) {
    trials.push({
      precision,
      result: await compare(ours('int8', cores), peer('torch', precision, cores), pairs),
    });
  }
  const { precision, result: b } = trials.reduce((best, trial) =>
    trial.result.b < best.result.b ? trial : best,
  );
  const against = `rasterio + PyTorch ${precision}${trials.length > 1 ? ' (the better)' : ''}`;
  rows.push(rowOf(cores, 'int8', against, b));
}
const text = `Scene ${scene}, ${card.network.name} (${card.network.parameters} parameters), core ${CORE} (peer ${PEER_CORE}), halo ${HALO} (overlap factor at most ${(((CORE + 2 * HALO) / CORE) ** 2).toFixed(3)}), ${pairs} pairs run in turn; start of the programs left out.\n\n${table(
  [
    'cores',
    'RESFlow',
    'against',
    'RESFlow s',
    'peer s',
    'peer / RESFlow',
    'network share',
    'of the peer',
    'same class',
    'peak MiB',
  ],
  rows,
)}\n`;
process.stdout.write(text);
writeFileSync(join(CACHE, `end-to-end-${scene}-${CORE}-${model}.md`), text);
