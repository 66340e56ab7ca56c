import { contractError } from '../core/errors.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { openLayer, type OpenLayer } from '../raster/open-layer.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import type { SceneItem } from '../workspace/scene-record.ts';

/** Where a layer of a scene's map lies; null where the run has none. */
export const layerPath = (run: RunRecord, item: SceneItem, layer: string): string | null =>
  run.scenes.find(({ scene }) => scene === item.id)?.layers[layer] ?? null;

/** Opens a layer of a scene's map and checks that it lies on the scene's grid. Throws NO_LAYER, MAP_GRID_DIFFERS. */
export async function openMapLayer(
  run: RunRecord,
  item: SceneItem,
  grid: WorkingGrid,
  layer: string,
): Promise<OpenLayer> {
  const path = layerPath(run, item, layer);
  if (path === null) {
    throw contractError('NO_LAYER', `The map of '${item.id}' in run '${run.id}' has no layer '${layer}'.`, {
      hint: 'Run the map again.',
      context: { run: run.id, scene: item.id, layer },
    });
  }
  const opened = await openLayer(path);
  if (opened.width === grid.width && opened.height === grid.height) return opened;
  opened.close();
  throw contractError(
    'MAP_GRID_DIFFERS',
    `${path} has ${opened.width}x${opened.height} pixels, scene '${item.id}' at this run's working GSD ${grid.width}x${grid.height}.`,
    {
      hint: 'The scene was replaced after the run: run the map again.',
      context: { file: path, scene: item.id },
    },
  );
}
