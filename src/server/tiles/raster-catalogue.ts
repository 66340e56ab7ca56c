import { digestOf } from '../../core/digest.ts';
import { sourcesOf } from '../../labels/scene-labels.ts';
import { readApplication, readLabelSources } from '../../workspace/applications.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import { sceneGrid } from '../../workspace/scene-grid.ts';
import type { SceneItem } from '../../workspace/scene-record.ts';
import { readScene } from '../../workspace/scenes.ts';
import { checkStorageRoots, storageRoots } from '../../workspace/storage-roots.ts';
import type { ServerContext } from '../server-context.ts';
import type { DatasetPool } from './dataset-pool.ts';
import type { Piece } from './draw-picture.ts';
import { ERROR_LAYER, ERROR_SUBJECT, errorRaster } from './error-layer.ts';
import { hrefVersion, openLayerFile } from './file-raster.ts';
import { KeptLabels } from './kept-labels.ts';
import { OverviewCache } from './overview-cache.ts';
import { noLabels, noLayer } from './raster-errors.ts';
import type { RasterSource } from './raster-source.ts';
import { openSceneRaster, sceneFacts } from './scene-raster.ts';
import {
  boxAround,
  lonLatBoxOf,
  rasterPath,
  zoomsOf,
  type RasterName,
  type ServedRaster,
} from './served-raster.ts';
import { Watched } from '../watched.ts';
import { WorkspaceRecords } from './workspace-records.ts';

type MapName = RasterName & { kind: 'map' };

/** Finds the rasters of a workspace by name and keeps what is known of them until their records or files change. */
export class RasterCatalogue {
  readonly records: WorkspaceRecords;
  readonly #context: Pick<ServerContext, 'root' | 'env' | 'log' | 'signal'>;
  readonly #pool: DatasetPool;
  readonly #overviews: OverviewCache;
  readonly #labels = new KeptLabels();
  readonly #rasters = new Watched<ServedRaster>();

  /** The signal, when it is aborted, closes what is kept open. */
  constructor(context: Pick<ServerContext, 'root' | 'env' | 'log' | 'signal'>, pool: DatasetPool) {
    this.#context = context;
    this.#overviews = new OverviewCache(context);
    this.records = new WorkspaceRecords(context.root);
    this.#pool = pool;
    context.signal.addEventListener('abort', () => this.#labels.close(), { once: true });
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
        : this.#mapOf(name, name.scene);
  }

  /** Where the file of a scene or of a layer of a scene's map lies. Throws as `find`. */
  async href(name: RasterName): Promise<string> {
    if (name.kind === 'scene') {
      const item = await readScene(this.#context.root, name.scene);
      await checkStorageRoots(item, storageRoots(this.#context.env));
      return item.assets.image.href;
    }
    const run = await this.records.run(name.run);
    const href = layerHref(run, name.scene, name.layer);
    if (href === undefined) throw noLayer(run, name.scene, name.layer);
    return href;
  }

  async #scene(name: RasterName & { kind: 'scene' }): Promise<ServedRaster> {
    let item: SceneItem | null = null;
    const read = async () => (item ??= await readScene(this.#context.root, name.scene));
    const version = async () =>
      digestOf([sceneFacts(await read()), await hrefVersion((await read()).assets.image.href)]);
    return this.#rasters.get(rasterPath(name), version, async (version) =>
      openSceneRaster(await read(), version, {
        pool: this.#pool,
        overviews: this.#overviews,
        env: this.#context.env,
        log: this.#context.log,
      }),
    );
  }

  #mapOf(name: MapName, scene: string): Promise<ServedRaster> {
    return name.layer === ERROR_LAYER ? this.#errors(name, scene) : this.#layer(name, scene);
  }

  async #layer(name: MapName, scene: string): Promise<ServedRaster> {
    const run = await this.records.run(name.run);
    const href = layerHref(run, scene, name.layer);
    if (href === undefined) throw noLayer(run, scene, name.layer);
    const version = async () => digestOf([href, await hrefVersion(href)]);
    return this.#rasters.get(rasterPath(name), version, async (version) => {
      const { source, subject } = await openLayerFile(this.#pool, href, version);
      const box = lonLatBoxOf(source.frame);
      const pieces = [{ box, open: () => Promise.resolve(source) }];
      const title = `${name.layer} of ${scene} (${run.id})`;
      return { name, title, version, box, ...zoomsOf(box, source.frame), subject, pieces, href };
    });
  }

  /** Throws workspace error NO_LAYER where no label source speaks about the scene, beside the errors of its class layer. */
  async #errors(name: MapName, scene: string): Promise<ServedRaster> {
    const { root } = this.#context;
    const run = await this.records.run(name.run);
    const map = await this.#layer({ ...name, layer: 'class' }, scene);
    const item = await readScene(root, scene);
    const sources = sourcesOf(item, await readLabelSources(root, run.application));
    if (sources.length === 0) throw noLabels(run, scene);
    const version = async () => digestOf([map.version, sources]);
    return this.#rasters.get(rasterPath(name), version, async (version) => {
      const application = await readApplication(root, run.application);
      const source = errorRaster(await openOnly(map), {
        application,
        grid: sceneGrid(item, run.parameters.gsdMetres),
        lend: (grid, work) =>
          this.#labels.use(
            `${version} ${grid.width}`,
            { target: { scene: item, grid, app: application }, sources },
            work,
          ),
      });
      const pieces = [{ box: map.box, open: () => Promise.resolve(source) }];
      const title = `${ERROR_LAYER} of ${scene} (${run.id})`;
      return { ...map, name, title, version, subject: ERROR_SUBJECT, pieces, href: null };
    });
  }

  /** The scenes of a run that have a layer. */
  async #mapped(run: RunRecord, layer: string): Promise<string[]> {
    const file = layer === ERROR_LAYER ? 'class' : layer;
    const mapped = run.scenes.filter(({ layers }) => Object.hasOwn(layers, file)).map(({ scene }) => scene);
    if (layer !== ERROR_LAYER) return mapped;
    const sources = await readLabelSources(this.#context.root, run.application);
    const labelled = new Set(sources.flatMap(({ coverage }) => coverage.map(({ scene }) => scene)));
    return mapped.filter((scene) => labelled.has(scene));
  }

  async #mosaic(name: MapName): Promise<ServedRaster> {
    const run = await this.records.run(name.run);
    const mapped = await this.#mapped(run, name.layer);
    const [first] = mapped;
    if (first === undefined)
      throw name.layer === ERROR_LAYER ? noLabels(run, null) : noLayer(run, null, name.layer);
    const ofScene = (scene: string) => this.#mapOf({ ...name, scene }, scene);
    // Errors change with the labels, whose records each scene's raster knows.
    const facts =
      name.layer === ERROR_LAYER
        ? await Promise.all(mapped.map(async (one) => (await ofScene(one)).version))
        : mapped;
    const version = () => Promise.resolve(digestOf([run.id, run.created, facts]));
    return this.#rasters.get(rasterPath(name), version, async (version) => {
      const pieces: Piece[] = await Promise.all(
        mapped.map(async (scene) => ({
          box: await this.#boxOf(name, scene),
          open: async () => openOnly(await ofScene(scene)),
        })),
      );
      const box = boxAround(pieces.map((piece) => piece.box));
      const { subject } = await ofScene(first);
      const { frame } = await openOnly(await ofScene(first));
      const title = `${name.layer} of ${run.id}`;
      return { name, title, version, box, ...zoomsOf(box, frame), subject, pieces, href: null };
    });
  }

  /** From the scene's record; where that is gone, from the map itself. */
  async #boxOf(name: MapName, scene: string) {
    const item = await readScene(this.#context.root, scene).catch(() => null);
    return item?.bbox ?? (await this.#mapOf({ ...name, scene }, scene)).box;
  }
}

/** Where a layer of a scene's map lies; the name comes from outside, and may be one that every object knows. */
function layerHref(run: RunRecord, scene: string | null, layer: string): string | undefined {
  const layers = run.scenes.find((one) => one.scene === scene)?.layers ?? {};
  return Object.hasOwn(layers, layer) ? layers[layer] : undefined;
}

async function openOnly({ pieces }: ServedRaster): Promise<RasterSource> {
  const [piece] = pieces;
  if (piece === undefined) throw new RangeError('a raster of one scene has one piece');
  return piece.open();
}
