import type { FoundChip } from '../../gallery/find-chips.ts';
import { openLayer } from '../../raster/open-layer.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import { listRunIds, readRun } from '../../workspace/runs.ts';
import { sceneGrid } from '../../workspace/scene-grid.ts';
import { readScene } from '../../workspace/scenes.ts';
import type { CommandContext } from '../command.ts';

/** Confidences looked at in a chip: so many a side. */
const SIDE = 32;

/** The newest map of each scene that an application's runs have finished. */
export async function newestMaps(root: string, application: string): Promise<Map<string, RunRecord>> {
  const maps = new Map<string, RunRecord>();
  for (const id of await listRunIds(root)) {
    const run = await readRun(root, id);
    if (run.application !== application) continue;
    for (const { scene, status } of run.scenes) if (status === 'done') maps.set(scene, run);
  }
  return maps;
}

/**
 * How unsure a map is inside chips of one scene: the mean of min(1, 2 - 2p), p the probability of the class given; with
 * two classes that is 1 - |2p - 1|. null for chips in which the map says nothing, and for all where it cannot be read.
 */
export async function uncertaintyOf(
  run: RunRecord,
  scene: string,
  chips: readonly FoundChip[],
  context: CommandContext,
): Promise<(number | null)[]> {
  const path = run.scenes.find((one) => one.scene === scene)?.layers.confidence;
  if (path === undefined) return chips.map(() => null);
  try {
    const item = await readScene(context.workspace, scene);
    const layer = await openLayer(path);
    try {
      const found: (number | null)[] = [];
      for (const { x, y, size, gsdMetres } of chips) {
        const grid = sceneGrid(item, gsdMetres);
        const [across, down] = [layer.width / grid.width, layer.height / grid.height];
        const left = Math.min(layer.width - 1, Math.round(x * across));
        const top = Math.min(layer.height - 1, Math.round(y * down));
        const width = Math.max(1, Math.min(layer.width - left, Math.round(size * across)));
        const height = Math.max(1, Math.min(layer.height - top, Math.round(size * down)));
        const window = { x: left, y: top, width, height };
        const values = await layer.readShrunk(window, Math.min(SIDE, width), Math.min(SIDE, height));
        found.push(meanUncertainty(values, layer.scale));
      }
      return found;
    } finally {
      layer.close();
    }
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.log.warn({ scene, run: run.id, reason: String(error) }, 'a map that cannot be read');
    return chips.map(() => null);
  }
}

/** Of stored confidences; 0 is no data. */
function meanUncertainty(values: Uint8Array, scale: number): number | null {
  let [sum, known] = [0, 0];
  for (const value of values) {
    if (value === 0) continue;
    sum += Math.min(1, 2 - 2 * value * scale);
    known += 1;
  }
  return known === 0 ? null : sum / known;
}
