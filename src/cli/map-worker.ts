import { peakResidentMiB } from '../engine/memory.ts';
import type { MapTask, MapTaskReport, ProbeRequest } from '../engine/protocol.ts';
import { executeRegion, RegionMemory, type RegionResult } from '../inference/execute-region.ts';
import { mapLayers, routedLayers } from '../inference/map-layers.ts';
import type { ModelProbe } from '../inference/memory-estimate.ts';
import type { ModelCard } from '../model/card.ts';
import { writePart, type PartContent } from '../mosaic/write-part.ts';
import type { ReaderInto } from '../raster/pixel-block.ts';
import { openSceneReader } from '../raster/scene-reader.ts';
import type { Store } from '../storage/store.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { partKey, readMarker, writeMarker } from '../workspace/ledger.ts';
import { sceneGrid, sceneSource } from '../workspace/scene-grid.ts';
import { statisticsOf } from '../workspace/scene-identity.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';
import { checkStorageRoots } from '../workspace/storage-roots.ts';
import { measureModels } from './measure-model.ts';
import { ModelPool } from './model-pool.ts';
import { bandsRead, isRouted, RoutedRegions } from './routing/routed-region.ts';

interface OpenScene {
  readonly key: string;
  readonly item: SceneItem;
  readonly grid: WorkingGrid;
  readonly reader: ReaderInto;
}

/** A region's pixels, as its part holds them. */
interface Mapped {
  readonly region: RegionResult;
  readonly layers: PartContent['layers'];
  readonly routing?: MapTaskReport['routing'];
}

export interface MapWorkerPlaces {
  /** Takes parts and markers; all else is read from the workspace. */
  readonly store: Store;
  /** Storage that scenes may be read from; null: any. */
  readonly roots: readonly string[] | null;
}

/** A worker's hands: executes region tasks of one workspace, whose parts go to a store; keeps the last models and the last scene open. */
export class MapWorker {
  readonly #root: string;
  readonly #roots: readonly string[] | null;
  readonly #store: Store;
  readonly #memory = new RegionMemory();
  readonly #models: ModelPool;
  readonly #routed: RoutedRegions;
  #scene: OpenScene | null = null;

  constructor(root: string, { store, roots }: MapWorkerPlaces) {
    this.#root = root;
    this.#store = store;
    this.#roots = roots;
    this.#models = new ModelPool(root);
    this.#routed = new RoutedRegions(root, this.#models);
  }

  /** Executes one task, unless its marker is there: part file first, then the marker, each only if absent. */
  async run(
    task: MapTask,
    progress: (chips: number, total: number) => void,
  ): Promise<{ reused: boolean; report: MapTaskReport }> {
    const finished = await readMarker(this.#store, task.id);
    if (finished !== null) return { reused: true, report: finished };
    this.#models.busy();
    try {
      return { reused: false, report: await this.#execute(task, progress) };
    } finally {
      await this.#models.rest();
    }
  }

  async #execute(task: MapTask, progress: (chips: number, total: number) => void): Promise<MapTaskReport> {
    const started = performance.now();
    const scene = await this.#openScene(task);
    const { region, layers, routing } = await this.#map(task, scene, progress);
    const encodeStart = performance.now();
    const content = {
      grid: scene.grid,
      window: task.window,
      blockPixels: task.parameters.blockPixels,
      layers,
      borders: region.borders,
    };
    const part = await writePart(this.#store, partKey(task.id), content);
    const now = performance.now();
    const { counts, seconds } = region;
    const report: MapTaskReport = {
      task: task.id,
      partBytes: part.bytes,
      partSha256: part.sha256,
      ...counts,
      ...(routing === undefined ? {} : { routing }),
      seconds: { total: (now - started) / 1000, ...seconds, encode: (now - encodeStart) / 1000 },
      peakMemoryMiB: Math.round(peakResidentMiB()),
    };
    await writeMarker(this.#store, report);
    return report;
  }

  async #map(
    task: MapTask,
    scene: OpenScene,
    progress: (chips: number, total: number) => void,
  ): Promise<Mapped> {
    const memory = this.#memory;
    if (isRouted(task)) {
      const { region, routing, card } = await this.#routed.run(task, scene, { memory, progress });
      const more = routedLayers(routing.buckets);
      const layers = [
        ...layersOf(region, card),
        { spec: more.bucket, data: region.bucket },
        { spec: more.margin, data: region.margin },
      ];
      return { region, layers, routing: region.routing };
    }
    const session = await this.#models.use(task.model, 1, () => progress(0, 1));
    const region = await executeRegion(
      { task, grid: scene.grid, statistics: statisticsOf(scene.item, task.bands) },
      { reader: scene.reader, session, memory, progress },
    );
    return { region, layers: layersOf(region, session.card) };
  }

  /** Measures models, which stay open for the tasks that follow. */
  async probe(request: ProbeRequest): Promise<ModelProbe> {
    const models = [request.model, ...(request.others ?? [])];
    this.#models.busy();
    try {
      return await measureModels(
        models.map((model) => () => this.#models.use(model, models.length)),
        request,
      );
    } finally {
      await this.#models.rest();
    }
  }

  async #openScene(task: MapTask): Promise<OpenScene> {
    const bands = isRouted(task) ? bandsRead(task) : task.bands;
    const key = `${task.scene} ${bands.join(',')} ${task.parameters.gsdMetres}`;
    if (this.#scene?.key === key) return this.#scene;
    this.#scene?.reader.close();
    this.#scene = null;
    const item = await readScene(this.#root, task.scene);
    await checkStorageRoots(item, this.#roots);
    const grid = sceneGrid(item, task.parameters.gsdMetres);
    const reader = await openSceneReader(sceneSource(item, bands), grid);
    this.#scene = { key, item, grid, reader };
    return this.#scene;
  }
}

const layersOf = (region: { classes: Uint8Array; confidence: Uint8Array }, card: ModelCard | null) => {
  const layers = mapLayers(card);
  return [
    { spec: layers.class, data: region.classes },
    { spec: layers.confidence, data: region.confidence },
  ];
};
