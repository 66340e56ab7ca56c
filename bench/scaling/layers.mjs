// What it costs to encode and to put together maps: as networks give them, that is classes of compact shapes and confidence
// that is smooth inside and noisy at edges ("towns"); and the no-op's, which are constant.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembleScene } from '../../dist/mosaic/assemble-scene.js';
import { seamBetweenParts } from '../../dist/mosaic/border-strips.js';
import { PartFiles } from '../../dist/mosaic/part-files.js';
import { readParts } from '../../dist/mosaic/part-set.js';
import { writePart } from '../../dist/mosaic/write-part.js';
import { fileStore } from '../../dist/storage/file-store.js';
import { median } from '../measure.mjs';
import { STRIP_PIXELS } from './simulate.mjs';

const BLOCK = 512;
const LAYERS = [
  {
    name: 'class',
    kind: 'class',
    noData: 255,
    description: 'class',
    palette: [0, 1].map((value) => ({
      value,
      name: `class ${value}`,
      colour: value ? '#d62728' : '#d9d9d9',
    })),
  },
  { name: 'confidence', kind: 'mean', noData: 0, description: 'confidence' },
];

/**
 * Processor seconds of a program that is warm: of a megapixel, encoding both layers of regions into parts, and assembling
 * them; for each part, of each share of an assembly its index, and of all shares its part of the overviews; of a strip of
 * a region's border, comparing it with its neighbour's. And what of encoding and of a share is done by the main thread: the
 * rest is the thread pool's, several blocks at a time.
 */
export async function measureLayers() {
  const region = 2048;
  const constant = [1, 255].map((value) => new Uint8Array(region ** 2).fill(value));
  const pixels = townPixels(region);
  await encodeAndAssemble(4096, region, pixels);
  const town = await encodeAndAssemble(16384, region, pixels);
  const plain = await encodeAndAssemble(16384, region, constant);
  return {
    townEncodeMegapixel: town.encodeMegapixel,
    encodeSerialShare: town.encodeSerialShare,
    townPublishMegapixel: town.publishMegapixel,
    townPublishPart: town.publishPart,
    townComposePart: town.composePart,
    townPublishSerialShare: town.publishSerialShare,
    seamStrip: town.seamStrip,
    sealScene: town.sealScene,
    publishMegapixel: plain.publishMegapixel,
    publishPart: plain.publishPart,
    composePart: plain.composePart,
    publishSerialShare: plain.publishSerialShare,
  };
}

async function encodeAndAssemble(side, region, data) {
  const folder = mkdtempSync(join(tmpdir(), 'resflow-towns-'));
  try {
    const store = fileStore(folder);
    const grid = { width: side, height: side, transform: [0, 1, 0, 0, 0, -1], wkt: null };
    let strips = 0;
    const parts = [];
    const encode = await processorSeconds(async () => {
      for (let y = 0; y < side; y += region) {
        for (let x = 0; x < side; x += region) {
          const key = `${x}-${y}.part`;
          parts.push(key);
          const layers = LAYERS.map((spec, i) => ({ spec, data: data[i] }));
          const window = { x, y, width: region, height: region };
          const borders = stripsOf(window, side, data[1]);
          strips += borders.length;
          await writePart(store, key, { grid, window, blockPixels: BLOCK, layers, borders });
        }
      }
    });
    const assemble = (stage) =>
      processorSeconds(() =>
        assembleScene({
          store,
          parts,
          grid,
          blockPixels: BLOCK,
          layers: LAYERS,
          outputs: LAYERS.map(({ name }) => ({ name, key: `${name}.tif` })),
          metadata: {},
          stage,
        }),
      );
    const whole = (await assemble({ index: 0, count: 1 })).all;
    // Hardly more than what every share has to do; the first composes the overviews for all, beside which seals leave nothing.
    const [alone, shares] = [[], []];
    for (let index = 1; index <= 15; index += 1) {
      const first = index % 3 === 1;
      if (first) await assemble('seal');
      (first ? alone : shares).push(await assemble({ index, count: 4096 }));
    }
    const [composing, share] = [alone, shares].map((some) => median(some.map(({ all }) => all)));
    const files = new PartFiles(store);
    const indexed = await readParts(files, parts, { grid, blockPixels: BLOCK });
    const seams = await processorSeconds(() =>
      seamBetweenParts(files, indexed, { blendPixels: 0, share: null }),
    );
    await files.close();
    const beforeSeal = performance.now();
    await assemble('seal');
    const sealScene = (performance.now() - beforeSeal) / 1000;
    const megapixels = side ** 2 / 1e6;
    return {
      encodeMegapixel: encode.all / megapixels,
      encodeSerialShare: encode.main / encode.all,
      publishMegapixel: Math.max(0, whole - composing - seams.all) / megapixels,
      publishPart: share / parts.length,
      composePart: Math.max(0, composing - share) / parts.length,
      publishSerialShare: median(alone.map(({ main, all }) => main / all)),
      seamStrip: seams.all / strips,
      /** Not the processor's: of the clock. */
      sealScene,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What chips predict along a region's sides that are not the grid's. */
function stripsOf({ x, y, width, height }, side, confidence) {
  const strips = [];
  const add = (axis, at, from, edge) => {
    for (let start = from; start < from + width; start += STRIP_PIXELS) {
      const values = Uint16Array.from({ length: 2 * STRIP_PIXELS }, (_, i) => 255 * confidence[i]);
      strips.push({ axis, at, start, length: STRIP_PIXELS, side: edge, channels: 1, values });
    }
  };
  if (x > 0) add('column', x, y, 'after');
  if (x + width < side) add('column', x + width, y, 'before');
  if (y > 0) add('row', y, x, 'after');
  if (y + height < side) add('row', y + height, x, 'before');
  return strips;
}

function townPixels(side) {
  const [classes, confidence] = [new Uint8Array(side * side), new Uint8Array(side * side)];
  for (let i = 0; i < side * side; i += 1) {
    const [x, y] = [i % side, Math.floor(i / side)];
    const distance =
      Math.hypot((x % 97) - 48, (y % 83) - 41) - 14 - 9 * Math.sin(x / 611) * Math.cos(y / 457);
    classes[i] = Number(distance < 0);
    const noise = ((Math.imul(i, 2654435761) >>> 16) & 255) / 255;
    confidence[i] = 1 + Math.round(254 / (1 + Math.exp(-Math.abs(distance) / 2 - noise)));
  }
  return [classes, confidence];
}

async function processorSeconds(work) {
  const before = process.cpuUsage();
  const mainBefore = mainThreadSeconds();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { all: (user + system) / 1e6, main: mainThreadSeconds() - mainBefore };
}

/** By the kernel's clock, in hundredths of a second. */
function mainThreadSeconds() {
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / 100;
}
