// What it costs to encode and to put together maps as networks give them: classes of compact shapes, confidence that is
// smooth inside and noisy at edges. The no-op's layers are constant, and say nothing of that.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembleScene } from '../../dist/mosaic/assemble-scene.js';
import { writePart } from '../../dist/mosaic/write-part.js';
import { fileStore } from '../../dist/storage/file-store.js';

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

/** Processor seconds of a megapixel: encoding both layers of regions into parts, and assembling them; of a program that is warm. */
export async function measureTowns() {
  await encodeAndAssemble(4096, 2048);
  return encodeAndAssemble(8192, 4096);
}

async function encodeAndAssemble(side, region) {
  const folder = mkdtempSync(join(tmpdir(), 'resflow-towns-'));
  try {
    const store = fileStore(folder);
    const grid = { width: side, height: side, transform: [0, 1, 0, 0, 0, -1], wkt: null };
    const data = townPixels(region);
    const parts = [];
    const encode = await processorSeconds(async () => {
      for (let y = 0; y < side; y += region) {
        for (let x = 0; x < side; x += region) {
          const key = `${x}-${y}.part`;
          parts.push(key);
          const layers = LAYERS.map((spec, i) => ({ spec, data: data[i] }));
          await writePart(store, key, {
            grid,
            window: { x, y, width: region, height: region },
            blockPixels: BLOCK,
            layers,
          });
        }
      }
    });
    const assemble = await processorSeconds(() =>
      assembleScene({
        store,
        parts,
        grid,
        blockPixels: BLOCK,
        layers: LAYERS,
        outputs: LAYERS.map(({ name }) => ({ name, key: `${name}.tif` })),
        metadata: {},
      }),
    );
    const megapixels = side ** 2 / 1e6;
    return { townEncodeMegapixel: encode / megapixels, townAssemblyMegapixel: assemble / megapixels };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
