// Which share of a map's bytes a storage service copies by itself when a scene is assembled, and how many requests that
// takes, by the size of regions. Plans only: a scene of the given side gets blocks whose sizes are drawn from those of a
// map that was really made, of the same level. Needs a built program. Run: node bench/storage-share.mjs LAYER.tif... [--side 40000]
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../dist/core/random.js';
import { blockOrder } from '../dist/raster/block-order.js';
import { planOverviews } from '../dist/raster/overview-plan.js';
import { planMultipart } from '../dist/storage/plan-multipart.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { side: { type: 'string', default: '40000' } },
});
const side = Number(values.side);
const BLOCK = 512;
const REGIONS = [1024, 2048, 4096, 8192, 16384];
const MIB = 2 ** 20;

/** Byte counts of the blocks of each image of a classic TIFF, empty ones left out. */
async function blockSizes(path) {
  const file = await readFile(path);
  const levels = [];
  for (let at = file.readUInt32LE(4); at !== 0;) {
    const count = file.readUInt16LE(at);
    for (let entry = at + 2; entry < at + 2 + 12 * count; entry += 12) {
      if (file.readUInt16LE(entry) !== 325) continue;
      const length = file.readUInt32LE(entry + 4);
      const from = length === 1 ? entry + 8 : file.readUInt32LE(entry + 8);
      const sizes = Array.from({ length }, (_, i) => file.readUInt32LE(from + 4 * i));
      levels.push(sizes.filter((size) => size > 0));
    }
    at = file.readUInt32LE(at + 2 + 12 * count);
  }
  return levels;
}

/** A layer's pieces as its assembly gives them: header, then each level's blocks, smallest level first. */
function* piecesOf(sizes, region) {
  const random = seededRandom(1);
  const levels = planOverviews(side, side, BLOCK);
  const ends = new Map();
  yield { length: 16 * levels.reduce((sum, { columns, rows }) => sum + columns * rows, 0), source: null };
  for (const level of levels.toReversed()) {
    const drawn = sizes[Math.min(level.level, sizes.length - 1)];
    const blocksOfRegion = region / (BLOCK * 2 ** level.level);
    for (const index of blockOrder(level)) {
      const length = drawn[Math.floor(random() * drawn.length)];
      if (blocksOfRegion < 1) yield { length, source: null };
      else {
        const place = [index % level.columns, Math.floor(index / level.columns)];
        const key = `${level.level} ${place.map((at) => Math.floor(at / blocksOfRegion)).join()}`;
        const offset = ends.get(key) ?? 0;
        ends.set(key, offset + length);
        yield { length, source: { key, offset } };
      }
    }
  }
}

console.log(`scene of ${side} x ${side} pixels`);
console.log('| layer | MiB | region | copied by the service | parts sent | parts copied |');
console.log('|---|---|---|---|---|---|');
for (const path of positionals) {
  const sizes = await blockSizes(path);
  for (const region of REGIONS) {
    const pieces = [...piecesOf(sizes, region)];
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const parts = [...planMultipart(pieces, bytes)];
    const copies = parts.filter(({ kind }) => kind === 'copy');
    const copied = copies.reduce((sum, part) => sum + part.bytes, 0);
    const name = `${basename(path, '.tif')} (${basename(dirname(path))})`;
    console.log(
      `| ${name} | ${Math.round(bytes / MIB)} | ${region} | ${Math.round((100 * copied) / bytes)} % | ${parts.length - copies.length} | ${copies.length} |`,
    );
  }
}
