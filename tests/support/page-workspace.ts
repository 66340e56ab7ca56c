import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gdal } from '../../src/raster/gdal.ts';
import { listModels } from '../../src/workspace/models.ts';
import { FAKE_TRAINER, SMALL_CHIPS, workspaceWithPatches, writePatches } from './gallery.ts';
import { importModels, writeTestGallery } from './model-gallery.ts';
import { runOk } from './program.ts';

const WIDE = { width: 1100, height: 650 };
/** The colour of patches that are labelled as buildings. */
const BUILDING_KIND = 3;

export interface PageWorkspace {
  readonly workspace: string;
  /** A routed run over the scene `wide`, evaluated. */
  readonly run: string;
}

/**
 * A small workspace in which every view of the page has something to show: three scenes, an image gallery of them, models
 * and a gallery of models, and a routed map of `wide` that was compared with its labels.
 */
export async function pageWorkspace(folder: string): Promise<PageWorkspace> {
  const workspace = await workspaceWithPatches(folder);
  const inIt = ['--workspace', workspace];
  const image = join(folder, 'wide.tif');
  const kinds = writePatches(image, WIDE, { seed: 5, east: 300 });
  await runOk(['scene', 'add', image, '--place', 'wide', '--id', 'wide', '--date', '2025-06-01', ...inIt]);
  await runOk(['gallery', 'build', '--all', ...SMALL_CHIPS, ...inIt], FAKE_TRAINER);
  await importModels(workspace, folder);
  await writeTestGallery(workspace, ['bright', 'dark']);
  await writeHistory(workspace);
  const labels = join(folder, 'labels.tif');
  writeLabels(labels, kinds);
  const classes = ['--map', '1=building', '--map', '0=background'];
  await runOk(['label', 'add', 'app', labels, ...classes, ...inIt]);
  const chips = ['--core', '256', '--halo', '4', '--region', '512'];
  const mapped = await runOk([
    'map',
    'run',
    'app',
    '--scenes',
    'wide',
    '--model',
    'gallery',
    ...chips,
    ...inIt,
  ]);
  const run = String(mapped['run']);
  await runOk(['map', 'evaluate', run, ...inIt]);
  return { workspace, run };
}

/** 1 where a patch is of the labelled kind, on the grid of `wide`. */
function writeLabels(path: string, kinds: readonly number[]): void {
  const { width, height } = WIDE;
  const columns = Math.ceil(width / 64);
  const dataset = gdal.open(path, 'w', 'GTiff', width, height, 1, gdal.GDT_Byte);
  dataset.srs = gdal.SpatialReference.fromEPSG(32737);
  dataset.geoTransform = [500300, 0.5, 0, 9000000, 0, -0.5];
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const patch = Math.floor(Math.floor(i / width) / 64) * columns + Math.floor((i % width) / 64);
    return kinds[patch] === BUILDING_KIND ? 1 : 0;
  });
  dataset.bands.get(1).pixels.write(0, 0, width, height, data);
  dataset.close();
}

/** Gives the newest model curves, as if it had been trained here. */
async function writeHistory(workspace: string): Promise<void> {
  const newest = (await listModels(workspace, 'app')).at(-1);
  if (newest === undefined) throw new Error('there is no model');
  const lines = Array.from({ length: 60 }, (_, i) => {
    const common = { step: 10 * (i + 1), seconds: i + 1 };
    const loss = 1 / (1 + i / 10);
    return i % 10 === 9
      ? { kind: 'validation', ...common, iou: 0.8 - loss / 2, iouByPlace: { north: 0.7, south: 0.6 } }
      : { kind: 'train', ...common, loss };
  });
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  await writeFile(join(workspace, newest.folder, 'history.jsonl'), text);
}
