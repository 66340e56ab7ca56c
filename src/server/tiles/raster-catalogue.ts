import { digestOf } from '../../core/digest.ts';
import { inputError, workspaceError } from '../../core/errors.ts';
import { noDataRule } from '../../ingest/no-data-rule.ts';
import { gdalPath, isRemote, isVirtual } from '../../raster/gdal-path.ts';
import { openRaster, type OpenRaster } from '../../raster/open-dataset.ts';
import { checkIdentity } from '../../raster/source-identity.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import { sceneTransform } from '../../workspace/scene-grid.ts';
import { PALETTE_BAND, type SceneItem } from '../../workspace/scene-record.ts';
import { readScene } from '../../workspace/scenes.ts';
import { checkStorageRoots, storageRoots } from '../../workspace/storage-roots.ts';
import type { ServerContext } from '../server-context.ts';
import type { DatasetPool } from './dataset-pool.ts';
import type { Piece } from './draw-picture.ts';
import { OverviewCache } from './overview-cache.ts';
import { gdalRaster, type RasterPlace } from './gdal-raster.ts';
import type { RasterSource } from './raster-source.ts';
import {
  boxAround,
  lonLatBoxOf,
  rasterPath,
  zoomsOf,
  type RasterName,
  type ServedRaster,
} from './served-raster.ts';
import { layerSubject, legendOf, type Subject } from './subject.ts';
import { Watched } from './watched.ts';
import { fileVersion, WorkspaceRecords } from './workspace-records.ts';

/** Finds the rasters of a workspace by name and keeps what is known of them until their records or files change. */
export class RasterCatalogue {
  readonly records: WorkspaceRecords;
  readonly #context: Pick<ServerContext, 'root' | 'env' | 'signal'>;
  readonly #pool: DatasetPool;
  readonly #overviews: OverviewCache;
  readonly #rasters = new Watched<ServedRaster>();

  constructor(context: Pick<ServerContext, 'root' | 'env' | 'signal'>, pool: DatasetPool) {
    this.#context = context;
    this.#overviews = new OverviewCache(context);
    this.records = new WorkspaceRecords(context.root);
    this.#pool = pool;
  }

  /** What is known and was looked at within the last second; null: ask `find`. */
  known(name: RasterName): ServedRaster | null {
    return this.#rasters.fresh(rasterPath(name));
  }

  /** Throws workspace errors NO_SCENE, NO_RUN, NO_LAYER, and the errors of opening its file. */
  async find(name: RasterName): Promise<ServedRaster> {
    return name.kind === 'scene'
      ? this.#scene(name)
      : name.scene === null
        ? this.#mosaic(name)
        : this.#layer(name, name.scene);
  }

  /** Where the file of a scene or of a layer of a scene's map lies. Throws as `find`. */
  async href(name: RasterName): Promise<string> {
    if (name.kind === 'scene') {
      const item = await readScene(this.#context.root, name.scene);
      await checkStorageRoots(item, storageRoots(this.#context.env));
      return item.assets.image.href;
    }
    const run = await this.records.run(name.run);
    const href = run.scenes.find(({ scene }) => scene === name.scene)?.layers[name.layer];
    if (href === undefined) throw noLayer(run, name.scene, name.layer);
    return href;
  }

  async #scene(name: RasterName & { kind: 'scene' }): Promise<ServedRaster> {
    let item: SceneItem | null = null;
    const read = async () => (item ??= await readScene(this.#context.root, name.scene));
    const version = async () =>
      digestOf([sceneFacts(await read()), await hrefVersion((await read()).assets.image.href)]);
    return this.#rasters.get(rasterPath(name), version, async (version) =>
      this.#openScene(name, await read(), version),
    );
  }

  async #openScene(name: RasterName, item: SceneItem, version: string): Promise<ServedRaster> {
    const { href } = item.assets.image;
    await checkStorageRoots(item, storageRoots(this.#context.env));
    await checkIdentity(item.properties['resflow:source']);
    let subject: Subject = { kind: 'imagery', bands: item.assets.image.bands };
    const place: RasterPlace = {
      crs: item.properties['proj:wkt2'],
      transform: sceneTransform(item),
      noData: item.properties['resflow:no_data'],
    };
    const source = await this.#source(href, version, (raster) => {
      const legend =
        item.assets.image.bands[0]?.name === PALETTE_BAND && raster.bands[0]
          ? legendOf(raster.bands[0])
          : null;
      if (legend !== null) subject = { kind: 'classes', legend };
      return place;
    });
    const bands = item.assets.image.bands.length;
    const coarse = async () => {
      const built = await this.#overviews.of({ href, noData: place.noData, bands, version });
      return this.#source(built.href, version, () => ({ ...place, noData: built.noData }));
    };
    const pieces = [
      {
        box: item.bbox,
        open: () => Promise.resolve(source),
        ...(lacksOverviews(source) ? { coarse: once(coarse) } : {}),
      },
    ];
    return {
      name,
      title: item.id,
      version,
      box: item.bbox,
      ...zoomsOf(item.bbox, source.frame),
      subject,
      pieces,
      href,
    };
  }

  async #layer(name: RasterName & { kind: 'map' }, scene: string): Promise<ServedRaster> {
    const run = await this.records.run(name.run);
    const href = run.scenes.find((one) => one.scene === scene)?.layers[name.layer];
    if (href === undefined) throw noLayer(run, scene, name.layer);
    const version = async () => digestOf([href, await hrefVersion(href)]);
    return this.#rasters.get(rasterPath(name), version, async (version) => {
      const { source, subject } = await this.#openLayer(href, version);
      const box = lonLatBoxOf(source.frame);
      const pieces = [{ box, open: () => Promise.resolve(source) }];
      const title = `${name.layer} of ${scene} (${run.id})`;
      return { name, title, version, box, ...zoomsOf(box, source.frame), subject, pieces, href };
    });
  }

  async #mosaic(name: RasterName & { kind: 'map' }): Promise<ServedRaster> {
    const run = await this.records.run(name.run);
    const mapped = run.scenes.filter(({ layers }) => layers[name.layer] !== undefined);
    const [first] = mapped;
    if (first === undefined) throw noLayer(run, null, name.layer);
    const version = () =>
      Promise.resolve(digestOf([run.id, run.created, mapped.map(({ layers }) => layers)]));
    return this.#rasters.get(rasterPath(name), version, async (version) => {
      const ofScene = (scene: string) => this.#layer({ ...name, scene }, scene);
      const pieces: Piece[] = await Promise.all(
        mapped.map(async ({ scene }) => ({
          box: await this.#boxOf(name, scene),
          open: async () => openOnly(await ofScene(scene)),
        })),
      );
      const box = boxAround(pieces.map((piece) => piece.box));
      const { subject } = await ofScene(first.scene);
      const { frame } = await openOnly(await ofScene(first.scene));
      const title = `${name.layer} of ${run.id}`;
      return { name, title, version, box, ...zoomsOf(box, frame), subject, pieces, href: null };
    });
  }

  /** From the scene's record; where that is gone, from the map itself. */
  async #boxOf(name: RasterName & { kind: 'map' }, scene: string) {
    const item = await readScene(this.#context.root, scene).catch(() => null);
    return item?.bbox ?? (await this.#layer({ ...name, scene }, scene)).box;
  }

  async #openLayer(href: string, version: string): Promise<{ source: RasterSource; subject: Subject }> {
    let subject: Subject | null = null;
    const source = await this.#source(href, version, (raster) => {
      subject = layerSubject(raster);
      return layerPlace(raster);
    });
    return { source, subject: subject ?? { kind: 'classes', legend: [] } };
  }

  #source(href: string, version: string, place: (raster: OpenRaster) => RasterPlace): Promise<RasterSource> {
    return gdalRaster(this.#pool, { key: `${href} ${version}`, open: () => openRaster(href) }, place);
  }
}

async function openOnly({ pieces }: ServedRaster): Promise<RasterSource> {
  const [piece] = pieces;
  if (piece === undefined) throw new RangeError('a raster of one scene has one piece');
  return piece.open();
}

/** What decides how a scene is drawn, beside its pixels. */
const sceneFacts = ({ properties, assets }: SceneItem) => [
  properties['resflow:source'],
  properties['proj:wkt2'],
  properties['proj:transform'],
  properties['resflow:no_data'],
  assets.image.bands.map(({ index, name, 'raster:histogram': histogram }) => [index, name, histogram]),
];

function layerPlace(raster: OpenRaster): RasterPlace {
  const { srs, geoTransform } = raster.dataset;
  if (srs === null || geoTransform === null) {
    throw inputError('NO_POSITION', `${raster.href} does not say where it lies.`, {
      hint: 'A file beside it (.aux.xml) may have been lost: run the map again.',
      context: { file: raster.href },
    });
  }
  const [a = 0, b = 1, c = 0, d = 0, e = 0, f = -1] = geoTransform;
  return { crs: srs.toWKT(), transform: [a, b, c, d, e, f], noData: noDataRule(raster, { kind: 'auto' }) };
}

/** Rasters whose longer side is no longer are quick to read whole. */
const SMALL_PIXELS = 2048;

/** Whether a raster's coarsest level is so large that pictures of all of it would take long. */
function lacksOverviews({ levels }: RasterSource): boolean {
  const coarsest = levels.reduce((found, level) => (level.width < found.width ? level : found));
  return Math.max(coarsest.width, coarsest.height) > SMALL_PIXELS;
}

/** Does something the first time; again if that failed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | null = null;
  return () => {
    if (done === null) {
      done = work();
      done.catch(() => (done = null));
    }
    return done;
  };
}

const isLocal = (href: string): boolean => !isRemote(href) && !isVirtual(href);

/** What tells a local file from a later one of its name; nothing of others. */
const hrefVersion = (href: string): Promise<string> =>
  isLocal(href) ? fileVersion(gdalPath(href)) : Promise.resolve('');

function noLayer(run: RunRecord, scene: string | null, layer: string) {
  const mapped = run.scenes.filter((one) => scene === null || one.scene === scene);
  const layers = [...new Set(mapped.flatMap((one) => Object.keys(one.layers)))];
  const of = scene === null ? `Run '${run.id}'` : `The map of '${scene}' in run '${run.id}'`;
  return workspaceError('NO_LAYER', `${of} has no layer '${layer}'.`, {
    hint:
      layers.length > 0
        ? `It has: ${layers.join(', ')}.`
        : mapped.length > 0
          ? 'It is not finished yet.'
          : `The run maps: ${run.scenes
              .slice(0, 10)
              .map((one) => one.scene)
              .join(', ')}.`,
    context: { run: run.id, ...(scene === null ? {} : { scene }), layer },
  });
}
