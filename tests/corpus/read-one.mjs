// Child of tiff-corpus.test.ts: for each path it is sent, reads the raster through the built reader and tries to add it.
import { createHash } from 'node:crypto';
import { gdal } from '../../dist/raster/gdal.js';
import { inspectScene } from '../../dist/ingest/inspect-scene.js';
import { openRaster } from '../../dist/raster/open-dataset.js';
import { openSceneReader } from '../../dist/raster/scene-reader.js';
import { toResflowError } from '../../dist/core/errors.js';

const ROWS = 256;

/** Size, type, and per band the digest of its samples as float64, row by row. */
async function readPixels(path) {
  const raster = await openRaster(path);
  const { width, height, types } = raster;
  raster.dataset.close();
  const bands = types.map((_, i) => i + 1);
  const grid = { width, height, scaleX: 1, scaleY: 1, transform: [0, 1, 0, 0, 0, 1], gsdMetres: 1 };
  const spec = { href: path, bands, noData: { kind: 'none' }, width, height, identity: null };
  const reader = await openSceneReader(spec, grid);
  const hashes = bands.map(() => createHash('sha256'));
  const sums = bands.map(() => 0);
  try {
    for (let y = 0; y < height; y += ROWS) {
      const rows = Math.min(ROWS, height - y);
      const { data } = await reader.read({ x: 0, y, width, height: rows });
      const count = width * rows;
      hashes.forEach((hash, b) => {
        const samples = Float64Array.from(data.subarray(b * count, (b + 1) * count));
        hash.update(new Uint8Array(samples.buffer));
        sums[b] += samples.reduce((sum, v) => sum + v, 0);
      });
    }
    const digests = hashes.map((hash) => hash.digest('hex'));
    const means = sums.map((sum) => sum / (width * height));
    return { width, height, type: reader.type, digests, means, gdalDigests: gdalDigests(path, reader.type) };
  } finally {
    reader.close();
  }
}

/** The same digests from GDAL's own whole read, synchronous, pixel by pixel what it gives. */
function gdalDigests(path, type) {
  const dataset = gdal.open(path);
  const { x, y } = dataset.rasterSize;
  const all = dataset.bands.map((band) => {
    const data = new Float64Array(x * y);
    band.pixels.read(0, 0, x, y, data);
    const signed = band.getMetadata('IMAGE_STRUCTURE').PIXELTYPE === 'SIGNEDBYTE' && type === 'int16';
    return signed ? data.map((v) => (v > 127 ? v - 256 : v)) : data;
  });
  for (let i = 0; i < x * y; i++)
    if (!all.every((data) => Number.isFinite(data[i]))) for (const data of all) data[i] = 0;
  dataset.close();
  return all.map((data) => {
    const held = type === 'float32' ? data.map(Math.fround) : data;
    return createHash('sha256').update(new Uint8Array(held.buffer)).digest('hex');
  });
}

const attempt = async (work) => {
  try {
    return { ok: await work() };
  } catch (thrown) {
    const error = toResflowError(thrown);
    return { refused: { family: error.family, ...error.toJSON() } };
  }
};

const OPTIONS = {
  place: 'p',
  split: null,
  crs: 'EPSG:32645',
  noData: { kind: 'auto' },
  date: null,
  bands: null,
};

async function answer(path) {
  const pixels = await attempt(() => readPixels(path));
  const scene = await attempt(async () => {
    const item = await inspectScene(path, 'x', OPTIONS, new Date(0));
    return item.assets.image.bands.length;
  });
  process.send({ path, pixels, scene });
}

process.on('message', ({ path }) => {
  void answer(path);
});
process.send({ ready: true });
