import type { WorkingGrid } from '../geo/working-grid.ts';
import { NO_CLASS } from '../model/class-record.ts';
import { openSceneReader } from '../raster/scene-reader.ts';
import type { Application } from '../workspace/application-record.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { sceneGrid, sceneSource } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { classNameOf } from './class-map.ts';
import { maskLabels, openSceneLabels } from './scene-labels.ts';

/** Shares are measured on at most this many pixels along the longer side. */
const SAMPLE_SIDE = 1024;

/** Shares of a scene's valid pixels: with any statement, and of each class by name. */
export interface MeasuredShares {
  readonly labelledShare: number;
  readonly classShares: Record<string, number>;
}

/** Which pixels of a scene hold data, on a grid coarse enough to be read at once. */
export interface ValiditySample {
  readonly scene: SceneItem;
  readonly grid: WorkingGrid;
  readonly valid: Uint8Array;
}

/** Reads a scene's validity once, at the working GSD or coarser. */
export async function sampleValidity(scene: SceneItem, gsdMetres: number): Promise<ValiditySample> {
  const own = sceneGrid(scene, gsdMetres);
  const coarser = Math.max(1, Math.max(own.width, own.height) / SAMPLE_SIDE);
  const grid = coarser === 1 ? own : sceneGrid(scene, own.gsdMetres * coarser);
  const reader = await openSceneReader(sceneSource(scene, [1]), grid);
  try {
    const { valid } = await reader.read({ x: 0, y: 0, width: grid.width, height: grid.height });
    return { scene, grid, valid };
  } finally {
    reader.close();
  }
}

/** What label sources say about a scene, as shares of its valid pixels, by sampling at pixel centres. */
export async function measureShares(
  sample: ValiditySample,
  app: Application,
  sources: readonly LabelSource[],
): Promise<MeasuredShares> {
  const { grid, scene, valid } = sample;
  const labels = await openSceneLabels({ scene, grid, app }, sources);
  try {
    const ids = await labels.rasterise({ x: 0, y: 0, width: grid.width, height: grid.height });
    maskLabels(ids, valid);
    return sharesOf(ids, valid, app);
  } finally {
    labels.close();
  }
}

function sharesOf(ids: Uint8Array, valid: Uint8Array, app: Application): MeasuredShares {
  const counts = new Array<number>(256).fill(0);
  let all = 0;
  for (let i = 0; i < ids.length; i++) {
    if (valid[i] === 0) continue;
    all += 1;
    const id = ids[i] ?? NO_CLASS;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  const share = (pixels: number) => (all === 0 ? 0 : pixels / all);
  const known = [...(app.background ? [0] : []), ...app.classes.map((known) => known.id)];
  return {
    labelledShare: share(all - (counts[NO_CLASS] ?? 0)),
    classShares: Object.fromEntries(known.map((id) => [classNameOf(app, id), share(counts[id] ?? 0)])),
  };
}
