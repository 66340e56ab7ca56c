import type { Logger } from '../../core/log.ts';
import { checkIdentity } from '../../raster/source-identity.ts';
import { sceneTransform } from '../../workspace/scene-grid.ts';
import { PALETTE_BAND, type SceneItem } from '../../workspace/scene-record.ts';
import { checkStorageRoots, storageRoots } from '../../workspace/storage-roots.ts';
import type { DatasetPool } from './dataset-pool.ts';
import { openFile } from './file-raster.ts';
import type { RasterPlace } from './gdal-raster.ts';
import type { OverviewCache } from './overview-cache.ts';
import type { RasterSource } from './raster-source.ts';
import { zoomsOf, type ServedRaster } from './served-raster.ts';
import { legendOf, type Subject } from './subject.ts';

export interface ScenePorts {
  readonly pool: DatasetPool;
  readonly overviews: OverviewCache;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

/** What decides how a scene is drawn, beside its pixels. */
export const sceneFacts = ({ properties, assets }: SceneItem) => [
  properties['resflow:source'],
  properties['proj:wkt2'],
  properties['proj:transform'],
  properties['resflow:no_data'],
  assets.image.bands.map(({ index, name, 'raster:histogram': histogram }) => [index, name, histogram]),
];

/**
 * Opens a scene's imagery. Throws SOURCE_CHANGED where its file is not the one that was added, SOURCE_NOT_ALLOWED, and the
 * errors of opening it.
 */
export async function openSceneRaster(
  item: SceneItem,
  version: string,
  ports: ScenePorts,
): Promise<ServedRaster> {
  const { pool, overviews, env, log } = ports;
  const { href } = item.assets.image;
  await checkStorageRoots(item, storageRoots(env));
  await checkIdentity(item.properties['resflow:source']);
  let subject: Subject = { kind: 'imagery', bands: item.assets.image.bands };
  const place: RasterPlace = {
    crs: item.properties['proj:wkt2'],
    transform: sceneTransform(item),
    noData: item.properties['resflow:no_data'],
  };
  const source = await openFile(pool, { href, version }, (raster) => {
    const legend =
      item.assets.image.bands[0]?.name === PALETTE_BAND && raster.bands[0] ? legendOf(raster.bands[0]) : null;
    if (legend !== null) subject = { kind: 'classes', legend };
    return place;
  });
  const bands = item.assets.image.bands.length;
  const coarse = async () => {
    try {
      const built = await overviews.of({ href, noData: place.noData, bands, version });
      return await openFile(pool, { href: built.href, version }, () => ({ ...place, noData: built.noData }));
    } catch (error) {
      // A full disk, say: the file itself shows what it can.
      log.warn({ err: error, scene: item.id }, 'overviews cannot be built');
      return source;
    }
  };
  const pieces = [
    {
      box: item.bbox,
      open: () => Promise.resolve(source),
      ...(lacksOverviews(source) ? { coarse: once(coarse) } : {}),
    },
  ];
  return {
    name: { kind: 'scene', scene: item.id },
    title: item.id,
    version,
    box: item.bbox,
    ...zoomsOf(item.bbox, source.frame),
    subject,
    pieces,
    href,
  };
}

/** Rasters whose longer side is no longer are quick to read whole. */
const SMALL_PIXELS = 2048;

/** Whether a raster's coarsest level is so large that pictures of all of it would take long. */
function lacksOverviews({ levels }: RasterSource): boolean {
  const coarsest = levels.reduce((found, level) => (level.width < found.width ? level : found));
  return Math.max(coarsest.width, coarsest.height) > SMALL_PIXELS;
}

/** Does something the first time only. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | null = null;
  return () => (done ??= work());
}
