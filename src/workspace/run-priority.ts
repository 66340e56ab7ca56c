import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { boxesMeet, type LonLatBox } from '../geo/lon-lat-box.ts';
import type { MapTask } from '../engine/protocol.ts';
import { crsTransform } from '../raster/crs.ts';
import { runPriorityFile } from './layout.ts';
import { sceneGrid } from './scene-grid.ts';
import type { SceneItem } from './scene-record.ts';
import { readScenes } from './scenes.ts';
import { windowBox } from './window-box.ts';
import { readRecordIfAny, writeRecord } from './workspace.ts';

const prioritySchema = z.object({
  version: z.literal(1),
  /** West, south, east, north in degrees. */
  bbox: z.array(z.number()).length(4),
});

/** Asks whoever works on a run to do the regions that meet a box first. */
export const writePriority = (root: string, run: string, bbox: LonLatBox): Promise<void> =>
  writeRecord(runPriorityFile(root, run), { version: 1, bbox: [...bbox] });

const readPriority = async (root: string, run: string): Promise<LonLatBox | null> =>
  (await readRecordIfAny(runPriorityFile(root, run), prioritySchema))?.bbox ?? null;

const LOOK_EVERY_MS = 1000;

/**
 * Calls `apply` with a test of regions whenever it is asked that some be done first, also before; until the function that
 * is returned is called.
 */
export function watchPriority(
  root: string,
  run: string,
  { scenes, apply }: { scenes: readonly string[]; apply: (isFirst: (task: MapTask) => boolean) => void },
): () => void {
  let seen = 0;
  let looking = false;
  const look = async () => {
    const { mtimeMs } = await stat(runPriorityFile(root, run));
    if (mtimeMs === seen) return;
    const bbox = await readPriority(root, run);
    if (bbox === null) return;
    const items = await readScenes(root, scenes);
    seen = mtimeMs;
    apply(meets(bbox, items));
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    // No file: nothing was asked. A file that cannot be read now is read at the next look.
    look()
      .catch(() => undefined)
      .finally(() => {
        looking = false;
      });
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether a region meets a box, on the ground. */
function meets(bbox: LonLatBox, scenes: readonly SceneItem[]): (task: MapTask) => boolean {
  const items = new Map(scenes.map((item) => [item.id, item]));
  const transforms = new Map(
    scenes.map((item) => [item.id, crsTransform(item.properties['proj:wkt2'], 'OGC:CRS84')]),
  );
  return ({ scene, window, parameters }) => {
    const [item, toLonLat] = [items.get(scene), transforms.get(scene)];
    if (item === undefined || toLonLat === undefined || !boxesMeet(item.bbox, bbox)) return false;
    const box = windowBox(window, sceneGrid(item, parameters.gsdMetres), toLonLat);
    return box !== null && boxesMeet(box, bbox);
  };
}
