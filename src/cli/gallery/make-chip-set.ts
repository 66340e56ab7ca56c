import { join } from 'node:path';
import { writeFolderOnce } from '../../core/atomic-folder.ts';
import { digestOf } from '../../core/digest.ts';
import { chipSetSchema, writeChipSet, type ChipSource } from '../../embedding/chip-set.ts';
import { chipsOf } from '../../embedding/plan-chip-tasks.ts';
import { stratifiedSample } from '../../clustering/stratified-sample.ts';
import type { BlockType } from '../../raster/pixel-block.ts';
import { openSceneReader } from '../../raster/scene-reader.ts';
import { galleryStepFolder } from '../../workspace/layout.ts';
import { sceneGrid, sceneSource } from '../../workspace/scene-grid.ts';
import { sceneIdentity, statisticsOf } from '../../workspace/scene-identity.ts';
import { readRecordIfAny } from '../../workspace/workspace.ts';
import type { CommandContext } from '../command.ts';
import type { GalleryScene } from './choose-gallery-scenes.ts';

const CODE_VERSION = 1;
/** Chips with less data than this show more of nothing than of the ground. */
export const LEAST_VALID = 0.5;
/** Chips an extractor is made from: 400 MB of three bands at 256 pixels. */
const MOST_CHIPS = 2048;

export interface ChipSetRequest {
  readonly scenes: readonly GalleryScene[];
  readonly bands: readonly string[];
  readonly gsdMetres: number;
  readonly chipPixels: number;
  readonly seed: number;
}

/**
 * The chip set of scenes: all of their chips, or a seeded sample that keeps every scene's share. Written once; equal
 * requests find it. Returns its folder and digest.
 */
export async function makeChipSet(
  request: ChipSetRequest,
  context: CommandContext,
): Promise<{ folder: string; digest: string }> {
  const { scenes, gsdMetres, chipPixels, seed } = request;
  const bands = [...request.bands];
  const digest = digestOf({
    code: CODE_VERSION,
    scenes: scenes.map(({ item, bands: own }) => [item.id, sceneIdentity(item, own)]),
    request: { bands, gsdMetres, chipPixels, seed, most: MOST_CHIPS, leastValid: LEAST_VALID },
  });
  const folder = galleryStepFolder(context.workspace, 'chip-sets', digest);
  const known = await readRecordIfAny(join(folder, 'set.json'), chipSetSchema);
  if (known !== null) return { folder, digest };
  const sources = chooseChips(request);
  const count = sources.reduce((sum, { windows }) => sum + windows.length, 0);
  context.progress.start('Writing chips for the extractor', count, 'chips');
  const set = {
    version: 1 as const,
    digest,
    gsdMetres,
    chipPixels,
    bands,
    scenes: scenes.map(({ item, bands: own }) => ({
      id: item.id,
      place: item.properties['resflow:place'],
      ...statisticsOf(
        item,
        own.map(({ index }) => index),
      ),
    })),
  };
  await writeFolderOnce(folder, async (temporary) => {
    await writeChipSet(
      temporary,
      { set, sources, leastValid: LEAST_VALID, type: commonType(scenes) },
      { signal: context.signal, onChip: (done) => context.progress.update(done) },
    );
  }).finally(() => context.progress.stop());
  return { folder, digest };
}

function chooseChips({ scenes, gsdMetres, chipPixels, seed }: ChipSetRequest): ChipSource[] {
  const grids = scenes.map(({ item }) => sceneGrid(item, gsdMetres));
  const windows = grids.map((grid) => chipsOf(grid, { x: 0, y: 0, ...grid }, chipPixels));
  const all = windows.flatMap((list, scene) => list.map((window) => ({ scene, window })));
  const rows = stratifiedSample(
    Int32Array.from(all, ({ scene }) => scene),
    MOST_CHIPS,
    seed,
  );
  const chosen = new Set(rows);
  return scenes.map(({ item, bands }, scene) => ({
    windows: all.filter((chip, row) => chip.scene === scene && chosen.has(row)).map(({ window }) => window),
    open: () =>
      openSceneReader(
        sceneSource(
          item,
          bands.map(({ index }) => index),
        ),
        sceneGrid(item, gsdMetres),
      ),
  }));
}

/** One type for all scenes' arrays: their own where they agree, else float32, which holds every one. */
function commonType(scenes: readonly GalleryScene[]): BlockType {
  const types = new Set(scenes.flatMap(({ bands }) => bands.map(({ data_type }) => data_type)));
  const [only] = types;
  const own = ['uint8', 'uint16', 'int16'] as const;
  return own.find((type) => types.size === 1 && type === only) ?? 'float32';
}
