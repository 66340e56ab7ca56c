import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import type { SceneItem } from '../../workspace/scene-record.ts';
import { boxAround, zoomsOfCell, type RasterName } from './served-raster.ts';
import type { WorkspaceRecords } from './workspace-records.ts';

/** A raster as lists of the map services show it, known from records alone: no file is opened. */
export interface ListedRaster {
  readonly name: RasterName;
  readonly title: string;
  readonly box: LonLatBox;
  readonly minZoom: number;
  readonly maxZoom: number;
  /** When its record came to be, or was changed last. */
  readonly updated: string;
}

/**
 * Every scene, and every layer of every run over all its scenes. Layers of single scenes are served too, but not listed:
 * there would be scenes times runs of them.
 */
export async function listRasters(records: WorkspaceRecords): Promise<ListedRaster[]> {
  const scenes = await records.scenes();
  const runs = await records.runs();
  return [...[...scenes.values()].map(listScene), ...runs.flatMap((run) => listRun(run, scenes))];
}

function listScene(item: SceneItem): ListedRaster {
  return {
    name: { kind: 'scene', scene: item.id },
    title: item.id,
    box: item.bbox,
    ...zoomsOfCell(item.bbox, item.properties.gsd),
    updated: item.properties.created,
  };
}

function listRun(run: RunRecord, known: ReadonlyMap<string, SceneItem>): ListedRaster[] {
  const mapped = run.scenes.flatMap(({ scene, layers }) => {
    const item = known.get(scene);
    return item === undefined ? [] : [{ item, layers: Object.keys(layers) }];
  });
  const layers = new Set(mapped.flatMap((one) => one.layers));
  return [...layers].map((layer) => {
    const shown = mapped.filter((one) => one.layers.includes(layer)).map(({ item }) => item);
    const box = boxAround(shown.map((item) => item.bbox));
    const gsd = run.parameters.gsdMetres ?? Math.min(...shown.map(({ properties }) => properties.gsd));
    return {
      name: { kind: 'map', run: run.id, scene: null, layer },
      title: `${run.application}: ${layer} (run ${run.id})`,
      box,
      ...zoomsOfCell(box, gsd),
      updated: run.updated,
    };
  });
}
