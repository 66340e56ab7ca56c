// How fast windows of a scene come on a working grid: the scene reader against GDAL's own resampling RasterIO (which is
// not independent of the window) on the same uncompressed three-band bytes, in megapixels of output per second of wall
// and of CPU time. Needs `npx tsc -p tsconfig.json` first. Run: node bench/read-windows.mjs [side]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../dist/core/random.js';
import { gdal } from '../dist/raster/gdal.js';
import { openSceneReader } from '../dist/raster/scene-reader.js';

const side = Number(process.argv[2] ?? 6144);
const step = 2048;
const folder = await mkdtemp(join(tmpdir(), 'resflow-bench-'));
const layouts = {
  strips: [],
  'tiles of 256': ['TILED=YES'],
  'tiles of 512': ['TILED=YES', 'BLOCKXSIZE=512', 'BLOCKYSIZE=512'],
};
const scales = [1, 2, 2.3, 4, 0.77, 0.5];

function makeScene(path, options) {
  const random = seededRandom(7);
  const dataset = gdal.open(path, 'w', 'GTiff', side, side, 3, gdal.GDT_Byte, [
    'PHOTOMETRIC=RGB',
    ...options,
  ]);
  const rows = new Uint8Array(side * 64);
  for (let y = 0; y < side; y += 64) {
    for (let b = 1; b <= 3; b++) {
      for (let i = 0; i < rows.length; i++) rows[i] = Math.floor(random() * 256);
      dataset.bands.get(b).pixels.write(0, y, side, Math.min(64, side - y), rows);
    }
  }
  dataset.close();
}

/** Output windows of a grid, whole ones only. */
function windowsOf(size) {
  const length = Math.min(step, size);
  const starts = [];
  for (let at = 0; at + length <= size && starts.length < 3; at += length) starts.push(at);
  return starts.flatMap((y) => starts.map((x) => ({ x, y, width: length, height: length })));
}

async function measure(windows, read) {
  await read(windows[0]);
  const [start, wall] = [process.cpuUsage(), performance.now()];
  for (const window of windows) await read(window);
  const seconds = (performance.now() - wall) / 1000;
  const used = process.cpuUsage(start);
  const megapixels = windows.reduce((sum, w) => sum + w.width * w.height, 0) / 1e6;
  return `${(megapixels / seconds).toFixed(1).padStart(7)} ${((megapixels * 1e6) / (used.user + used.system)).toFixed(1).padStart(7)}`;
}

async function ours(path, scale, size) {
  const grid = {
    width: size,
    height: size,
    scaleX: scale,
    scaleY: scale,
    transform: [0, 1, 0, 0, 0, -1],
    gsdMetres: 1,
  };
  const spec = {
    href: path,
    bands: [1, 2, 3],
    noData: { kind: 'none' },
    width: side,
    height: side,
    identity: null,
  };
  const reader = await openSceneReader(spec, grid);
  const result = await measure(windowsOf(size), (window) => reader.read(window));
  reader.close();
  return result;
}

async function gdals(path, scale, size) {
  const dataset = await gdal.openAsync(path);
  const resampling = scale === 1 ? 'NearestNeighbor' : scale > 1 ? 'Average' : 'Cubic';
  const result = await measure(windowsOf(size), async ({ x, y, width, height }) => {
    const span = Math.floor(width * scale);
    const options = { buffer_width: width, buffer_height: height, resampling };
    const [left, top] = [x, y].map((at) => Math.min(side - span, Math.floor(at * scale)));
    for (let b = 1; b <= 3; b++) {
      await dataset.bands
        .get(b)
        .pixels.readAsync(left, top, span, span, new Uint8Array(width * height), options);
    }
  });
  dataset.close();
  return result;
}

console.log('megapixels of output per second: wall, CPU   ours             GDAL');
try {
  for (const [name, options] of Object.entries(layouts)) {
    const path = join(folder, 'scene.tif');
    makeScene(path, options);
    for (const scale of scales) {
      const size = Math.floor(side / scale);
      const [own, other] = [await ours(path, scale, size), await gdals(path, scale, size)];
      console.log(`${name.padEnd(13)} ${String(scale).padStart(4)} source pixels a pixel ${own}  ${other}`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
