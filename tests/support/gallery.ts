import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gdal } from '../../src/raster/gdal.ts';
import { seededRandom } from '../../src/core/random.ts';
import { runOk } from './program.ts';

/** The environment in which gallery commands train nothing: fixture networks stand in. */
export const FAKE_TRAINER = {
  RESFLOW_PYTHON: fileURLToPath(new URL('./fake-trainer.mjs', import.meta.url)),
};
/** Chips of 64 pixels at the scenes' own GSD. */
export const SMALL_CHIPS = ['--gsd', '0.5', '--chip', '64'];

/**
 * A scene of patches of 64 pixels in four colours with some noise, at 0.5 m in UTM 37S, `east` metres along; each patch up to
 * `spread` darker, so that patches of a colour differ as chips of real ground do. Returns the kind of each patch, row by row.
 */
export function writePatches(
  path: string,
  size: { width: number; height: number },
  options: {
    seed: number;
    east?: number;
    spread?: number;
    colours?: readonly (readonly [number, number, number])[];
  },
): number[] {
  const { width, height } = size;
  const colours = options.colours ?? [
    [40, 120, 50],
    [200, 190, 170],
    [90, 90, 100],
    [180, 60, 40],
  ];
  const random = seededRandom(options.seed);
  const columns = Math.ceil(width / 64);
  // As many patches of each colour, in a seeded order, so that scenes have about the same statistics.
  const kinds = Array.from({ length: columns * Math.ceil(height / 64) }, (_, i) => i % colours.length);
  for (let i = kinds.length - 1; i > 0; i -= 1) {
    const j = Math.floor((i + 1) * random());
    [kinds[i], kinds[j]] = [kinds[j] ?? 0, kinds[i] ?? 0];
  }
  const { spread = 0 } = options;
  const darker = kinds.map(() => (spread === 0 ? 0 : Math.floor(spread * random())));
  const dataset = gdal.open(path, 'w', 'GTiff', width, height, 3, gdal.GDT_Byte, ['TILED=YES']);
  dataset.srs = gdal.SpatialReference.fromEPSG(32737);
  dataset.geoTransform = [500000 + (options.east ?? 0), 0.5, 0, 9000000, 0, -0.5];
  for (let band = 0; band < 3; band += 1) {
    const data = new Uint8Array(width * height);
    for (let i = 0; i < data.length; i += 1) {
      const patch = Math.floor(Math.floor(i / width) / 64) * columns + Math.floor((i % width) / 64);
      const base = (colours[kinds[patch] ?? 0]?.[band] ?? 0) - (darker[patch] ?? 0);
      data[i] = base + Math.floor(30 * random());
    }
    dataset.bands.get(band + 1).pixels.write(0, 0, width, height, data);
  }
  dataset.close();
  return kinds;
}

/** A workspace with the scenes `north` and `south`, 512 x 384 each, of two places. */
export async function workspaceWithPatches(folder: string, spread = 0): Promise<string> {
  const workspace = join(folder, 'workspace');
  await runOk(['init', workspace]);
  for (const [i, id] of ['north', 'south'].entries()) {
    const image = join(folder, `${id}.tif`);
    writePatches(image, { width: 512, height: 384 }, { seed: i + 1, east: 1000 * i, spread });
    const date = `202${i + 3}-06-01`;
    await runOk(['scene', 'add', image, '--place', id, '--id', id, '--date', date, '--workspace', workspace]);
  }
  return workspace;
}
