// Vectorising a building mask: RESFlow against rasterio.features.shapes and GeoPandas writing the same kind of file, and
// RESFlow's memory on rasters up to 40,000 x 35,000. On one core rates are a second of CPU time (all threads), so that
// other work on the machine does not decide; on all cores they are from start to end, as one waits for it.
// `node bench/vectorize.mjs [--python PYTHON] [--pairs 3] [--largest 1400]`: PYTHON has rasterio, geopandas and pyarrow
// (python -m venv V; V/bin/pip install rasterio geopandas pyarrow). Masks are the labels of the Banepa scene, repeated;
// they are kept in .cache/bench/vectorize. Tables to stdout.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import gdal from 'gdal-async';
import { median, run, table } from './measure.mjs';
import { CACHE, DATA, ROOT } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    pairs: { type: 'string', default: '3' },
    largest: { type: 'string', default: '1400' },
  },
});
const HOME = join(CACHE, 'vectorize');
const SOURCE = join(DATA, 'nepal_banepa_train', 'mask.tif');
const ROWS = 512;

if (!existsSync(SOURCE)) {
  process.stderr.write(`SKIPPED: ${SOURCE} is not there; this bench needs the shared data.\n`);
  process.exit(0);
}
mkdirSync(HOME, { recursive: true });

/** The mask repeated to a size, stored as our maps are; with `confidence`, a layer of noise about 230 of that size. */
function makeRaster(width, height, confidence) {
  const path = join(HOME, `${confidence ? 'confidence' : 'class'}-${width}x${height}.tif`);
  if (existsSync(path)) return path;
  const source = gdal.open(SOURCE);
  const { x, y } = source.rasterSize;
  const mask = new Uint8Array(x * y);
  source.bands.get(1).pixels.read(0, 0, x, y, mask);
  const options = ['TILED=YES', 'BLOCKXSIZE=512', 'BLOCKYSIZE=512', 'COMPRESS=DEFLATE', 'BIGTIFF=IF_SAFER'];
  const made = gdal.open(`${path}.part`, 'w', 'GTiff', width, height, 1, gdal.GDT_Byte, options);
  made.geoTransform = source.geoTransform;
  made.srs = source.srs;
  for (let row = 0; row < height; row += ROWS) {
    const rows = Math.min(ROWS, height - row);
    const data = new Uint8Array(width * rows);
    for (let r = 0; r < rows; r += 1) {
      const line = mask.subarray(((row + r) % y) * x, ((row + r) % y) * x + x);
      for (let at = 0; at < width; at += x)
        data.set(line.subarray(0, Math.min(x, width - at)), r * width + at);
    }
    if (confidence)
      for (let i = 0; i < data.length; i += 1) data[i] = 220 + ((Math.imul(i, 2654435761) >>> 28) & 15);
    made.bands.get(1).pixels.write(0, row, width, rows, data);
  }
  made.close();
  source.close();
  renameSync(`${path}.part`, path);
  return path;
}

/** What a command reports of itself, and the seconds that it took from its start to its end. */
async function measure(command, cpus = null) {
  const { stdout, seconds } = await run(command, { cpus });
  return { ...JSON.parse(stdout), wallSeconds: seconds };
}

const ours = (raster, out, more = []) => [
  process.execPath,
  join(ROOT, 'bench', 'vectorize-map.mjs'),
  raster,
  out,
  ...more,
];
const theirs = (raster, out) => [values.python, join(ROOT, 'bench', 'peers', 'vectorize.py'), raster, out];

function hasPeers() {
  try {
    execFileSync(values.python, ['-c', 'import rasterio, geopandas, pyarrow'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(
      `SKIPPED the comparison: ${values.python} has no rasterio, geopandas and pyarrow. pip install them, and say --python.\n`,
    );
    return false;
  }
}

const megapixels = ([width, height]) => (width * height) / 1e6;
const rate = (size, { cpuSeconds }) => megapixels(size) / cpuSeconds;

async function compareFormats(size) {
  const raster = makeRaster(...size, false);
  const rows = [];
  for (const format of ['fgb', 'parquet', 'gpkg']) {
    const [a, b, bothA, bothB] = [[], [], [], []];
    for (let i = 0; i < Number(values.pairs); i += 1) {
      a.push(await measure(ours(raster, join(HOME, `ours.${format}`)), '0'));
      b.push(await measure(theirs(raster, join(HOME, `theirs.${format}`)), '0'));
      bothA.push(await measure(ours(raster, join(HOME, `ours.${format}`))));
      bothB.push(await measure(theirs(raster, join(HOME, `theirs.${format}`))));
    }
    const middle = (list, key) => median(list.map((one) => one[key]));
    const [own, other] = [middle(a, 'cpuSeconds'), middle(b, 'cpuSeconds')];
    const [ownWall, otherWall] = [middle(bothA, 'wallSeconds'), middle(bothB, 'wallSeconds')];
    rows.push([
      format,
      `${a[0].objects} / ${b[0].objects}`,
      (megapixels(size) / own).toFixed(1),
      (megapixels(size) / other).toFixed(1),
      `${(other / own).toFixed(1)} x`,
      (megapixels(size) / ownWall).toFixed(1),
      (megapixels(size) / otherWall).toFixed(1),
      `${(otherWall / ownWall).toFixed(1)} x`,
      `${middle(a, 'memoryMiB').toFixed(0)} / ${middle(b, 'memoryMiB').toFixed(0)}`,
    ]);
  }
  return table(
    [
      'file',
      'objects, ours / theirs',
      'one core: ours, Mpx a CPU s',
      'theirs',
      'ratio',
      'the machine: ours, Mpx/s',
      'theirs',
      'ratio',
      'memory, MiB',
    ],
    rows,
  );
}

async function measureSizes() {
  const sizes = [
    [3072, 4096],
    [11_264, 8704],
    [20_000, 17_500],
    [40_000, 35_000],
  ].filter((size) => megapixels(size) <= Number(values.largest));
  const rows = [];
  for (const size of sizes) {
    const found = await measure(ours(makeRaster(...size, false), join(HOME, 'ours.fgb')));
    rows.push([
      `${size[0]} x ${size[1]}`,
      found.objects,
      rate(size, found).toFixed(1),
      (megapixels(size) / found.seconds).toFixed(1),
      found.memoryMiB.toFixed(0),
    ]);
  }
  const sure = [11_264, 8704];
  const found = await measure(
    ours(makeRaster(...sure, false), join(HOME, 'ours.fgb'), [makeRaster(...sure, true)]),
  );
  rows.push([
    `${sure[0]} x ${sure[1]} with confidence`,
    found.objects,
    rate(sure, found).toFixed(1),
    (megapixels(sure) / found.seconds).toFixed(1),
    found.memoryMiB.toFixed(0),
  ]);
  return table(['raster', 'objects', 'Mpx a CPU second', 'Mpx/s', 'memory, MiB'], rows);
}

const write = (text) => process.stdout.write(`${text}\n\n`);
if (hasPeers()) write(await compareFormats([11_264, 8704]));
write(await measureSizes());
