import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEMPORARY_MARK } from '../../src/core/atomic-file.ts';
import { seededRandom } from '../../src/core/random.ts';
import { gdal } from '../../src/raster/gdal.ts';
import { runOk } from './program.ts';

/** A folder that is removed by `remove`, also while a process that is on its way out still writes there. */
export async function temporaryFolder(name: string): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `resflow-${name}-`));
  const options = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
  return { path, remove: () => rm(path, options) };
}

/** Writes a 3-band uint8 GeoTIFF of seeded blobs at 0.5 m in UTM 37S; a corner of zeros is no-data. */
export function writeScene(path: string, size: { width: number; height: number }, seed: number): void {
  const { width, height } = size;
  const random = seededRandom(seed);
  const dataset = gdal.open(path, 'w', 'GTiff', width, height, 3, gdal.GDT_Byte, [
    'TILED=YES',
    'BLOCKXSIZE=256',
    'BLOCKYSIZE=256',
  ]);
  dataset.srs = gdal.SpatialReference.fromEPSG(32737);
  dataset.geoTransform = [500000, 0.5, 0, 9000000, 0, -0.5];
  for (let band = 1; band <= 3; band += 1) {
    const phase = random() * 6;
    const data = new Uint8Array(width * height);
    for (let i = 0; i < data.length; i += 1) {
      const x = i % width;
      const y = Math.floor(i / width);
      const wave = Math.sin(x / (17 + band) + phase) * Math.cos(y / (23 - band));
      data[i] = x + y < 300 ? 0 : Math.max(1, Math.min(255, 128 + 90 * wave + 20 * random()));
    }
    dataset.bands.get(band).pixels.write(0, 0, width, height, data);
    dataset.bands.get(band).noDataValue = 0;
  }
  dataset.close();
}

/** A workspace with one scene `scene` of that size and an application `app` for buildings at the scene's own GSD. */
export async function workspaceWithScene(
  folder: string,
  size: { width: number; height: number },
): Promise<string> {
  const workspace = join(folder, 'workspace');
  const image = join(folder, 'scene.tif');
  writeScene(image, size, 11);
  await runOk(['init', workspace]);
  await runOk(['scene', 'add', image, '--place', 'somewhere', '--id', 'scene', '--workspace', workspace]);
  await runOk(['app', 'create', 'app', '--class', 'building', '--gsd', '0.5', '--workspace', workspace]);
  return workspace;
}

/** SHA-256 of files by their names. */
export async function digests(paths: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const entries = await Promise.all(
    Object.entries(paths).map(
      async ([name, path]) =>
        [
          name,
          createHash('sha256')
            .update(await readFile(path))
            .digest('hex'),
        ] as const,
    ),
  );
  return Object.fromEntries(entries);
}

/** Names of all files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** True of a file that is still being written, or whose writer was killed. */
export const isTemporary = (file: string): boolean => file.includes(TEMPORARY_MARK);

/** How many tasks the ledger holds; records that are being written do not count. */
export async function finishedTasks(workspace: string): Promise<number> {
  const files = await filesBelow(join(workspace, 'ledger')).catch(() => []);
  return files.filter((file) => !isTemporary(file)).length;
}
