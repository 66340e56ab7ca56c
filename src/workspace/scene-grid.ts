import type { Affine } from '../geo/affine.ts';
import { planWorkingGrid, type GridSource, type WorkingGrid } from '../geo/working-grid.ts';
import type { NoDataRule, SourceIdentity } from '../raster/source-record.ts';
import type { SceneItem } from './scene-record.ts';

/** GDAL's geotransform of a scene, from the projection extension's order. */
export function sceneTransform(item: SceneItem): Affine {
  const [a1 = 1, a2 = 0, a0 = 0, a4 = 0, a5 = 1, a3 = 0] = item.properties['proj:transform'];
  return [a0, a1, a2, a3, a4, a5];
}

/** A scene's pixels, place and ground size, as the plan of its working grid needs them. */
export function gridSourceOf(item: SceneItem): GridSource {
  const [height = 0, width = 0] = item.properties['proj:shape'];
  return {
    width,
    height,
    transform: sceneTransform(item),
    gsdColumns: item.properties['resflow:gsd_columns'],
    gsdRows: item.properties['resflow:gsd_rows'],
  };
}

/** The grid on which a scene is read at `gsdMetres`; null: its own. */
export const sceneGrid = (item: SceneItem, gsdMetres: number | null): WorkingGrid =>
  planWorkingGrid(gridSourceOf(item), gsdMetres);

/** What a scene reader has to know of a scene; `bands` count from 1. */
export function sceneSource(item: SceneItem, bands: readonly number[]) {
  const [height = 0, width = 0] = item.properties['proj:shape'];
  const spec: {
    href: string;
    bands: readonly number[];
    noData: NoDataRule;
    width: number;
    height: number;
    identity: SourceIdentity;
  } = {
    href: item.assets.image.href,
    bands,
    noData: item.properties['resflow:no_data'],
    width,
    height,
    identity: item.properties['resflow:source'],
  };
  return spec;
}
