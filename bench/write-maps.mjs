// How fast finished pixels become a map: parts and assembly of RESFlow against GDAL's COG driver (one thread, deflate)
// on the same pixels, in megapixels per second of CPU time. Seeded pixels: one value; compact classes; confidence of
// smooth areas with noisy edges; noise. Needs `npx tsc -p tsconfig.json` first. Run: node bench/write-maps.mjs [side]
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import gdal from 'gdal-async';
import { seededRandom } from '../dist/core/random.js';
import { assembleScene } from '../dist/mosaic/assemble-scene.js';
import { writePart } from '../dist/mosaic/write-part.js';
import { fileStore } from '../dist/storage/file-store.js';

const disk = fileStore('/');
const side = Number(process.argv[2] ?? 8192);
const region = 4096;
const folder = await mkdtemp(join(tmpdir(), 'resflow-bench-'));
const random = seededRandom(7);

const palette = [0, 1].map((value) => ({
  value,
  name: `class ${value}`,
  colour: value ? '#d62728' : '#d9d9d9',
}));
const layers = {
  class: { name: 'class', kind: 'class', noData: 255, palette, description: 'class' },
  confidence: { name: 'confidence', kind: 'mean', noData: 0, description: 'confidence' },
};

const distance = (x, y) =>
  Math.hypot((x % 97) - 48, (y % 83) - 41) - 14 - 9 * Math.sin(x / 611) * Math.cos(y / 457);
const kinds = {
  constant: { spec: layers.class, pixel: () => 0 },
  classes: { spec: layers.class, pixel: (x, y) => Number(distance(x, y) < 0) },
  confidence: {
    spec: layers.confidence,
    pixel: (x, y) => {
      const logit = Math.abs(distance(x, y)) / 2 + random();
      return 1 + Math.round(254 / (1 + Math.exp(-logit)));
    },
  },
  noise: { spec: layers.confidence, pixel: () => 1 + Math.floor(random() * 255) },
};

async function cpu(work) {
  const [start, wall] = [process.cpuUsage(), performance.now()];
  await work();
  const used = process.cpuUsage(start);
  return { cpu: (used.user + used.system) / 1e6, wall: (performance.now() - wall) / 1e3 };
}

async function ours(spec, data) {
  const grid = { width: side, height: side, transform: [0, 1, 0, 0, 0, -1], wkt: null };
  const parts = [];
  const encode = { cpu: 0, wall: 0 };
  for (let y = 0; y < side; y += region) {
    for (let x = 0; x < side; x += region) {
      const [width, height] = [Math.min(region, side - x), Math.min(region, side - y)];
      const cut = new Uint8Array(width * height);
      for (let r = 0; r < height; r++)
        cut.set(data.subarray((y + r) * side + x, (y + r) * side + x + width), r * width);
      const path = join(folder, `${spec.name}-${x}-${y}.part`);
      const window = { x, y, width, height };
      const used = await cpu(() =>
        writePart(disk, path, { grid, window, blockPixels: 512, layers: [{ spec, data: cut }] }),
      );
      encode.cpu += used.cpu;
      encode.wall += used.wall;
      parts.push(path);
    }
  }
  const path = join(folder, `${spec.name}.tif`);
  const assemble = await cpu(() =>
    assembleScene({
      store: disk,
      parts,
      grid,
      blockPixels: 512,
      layers: [spec],
      outputs: [{ name: spec.name, key: path }],
      metadata: {},
    }),
  );
  await Promise.all(parts.map((part) => rm(part)));
  return { encode, assemble, bytes: (await stat(path)).size };
}

async function byGdal(spec, data) {
  const source = gdal.drivers.get('MEM').create('', side, side, 1, gdal.GDT_Byte);
  source.bands.get(1).pixels.write(0, 0, side, side, data);
  source.bands.get(1).noDataValue = spec.noData;
  const path = join(folder, 'gdal.tif');
  const resampling = spec.kind === 'class' ? 'MODE' : 'AVERAGE';
  const options = ['COMPRESS=DEFLATE', 'BLOCKSIZE=512', `OVERVIEW_RESAMPLING=${resampling}`, 'NUM_THREADS=1'];
  const used = await cpu(() =>
    gdal.drivers
      .get('COG')
      .createCopyAsync(path, source, options)
      .then((d) => d.close()),
  );
  return { ...used, bytes: (await stat(path)).size };
}

const megapixels = (side * side) / 1e6;
const rate = (seconds) => Math.round(megapixels / seconds);
const rows = [];
for (const [name, { spec, pixel }] of Object.entries(kinds)) {
  const data = new Uint8Array(side * side);
  for (let y = 0, at = 0; y < side; y++) for (let x = 0; x < side; x++) data[at++] = pixel(x, y);
  const own = await ours(spec, data);
  const gdalRun = await byGdal(spec, data);
  rows.push({
    pixels: name,
    'parts Mpx/s a core': rate(own.encode.cpu),
    'parts Mpx/s wall': rate(own.encode.wall),
    'assembly Mpx/s wall': rate(own.assemble.wall),
    'RESFlow MB': (own.bytes / 1e6).toFixed(2),
    'GDAL Mpx/s a core': rate(gdalRun.cpu),
    'GDAL MB': (gdalRun.bytes / 1e6).toFixed(2),
  });
}
console.table(rows);
await rm(folder, { recursive: true });
