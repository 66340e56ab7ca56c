import { peakResidentMiB } from '../engine/memory.ts';
import type { MapTask, MapTaskReport, ProbeRequest } from '../engine/protocol.ts';
import type { TaskSignals } from '../engine/serve-worker.ts';
import { CanvasMemory } from '../inference/canvas.ts';
import {
  executeRegion,
  readRegionAhead,
  WorkMemory,
  type RegionResult,
} from '../inference/execute-region.ts';
import { mapLayers, routedLayers } from '../inference/map-layers.ts';
import type { ModelProbe } from '../inference/memory-estimate.ts';
import type { RollingStrip } from '../inference/rolling-strip.ts';
import type { ModelCard } from '../model/card.ts';
import { writePart, type PartContent } from '../mosaic/write-part.ts';
import type { Store } from '../storage/store.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { partKey, readMarker, writeMarker } from '../workspace/ledger.ts';
import { statisticsOf } from '../workspace/scene-identity.ts';
import { measureModels } from './measure-model.ts';
import { ModelPool } from './model-pool.ts';
import { OpenScenes, type OpenScene } from './open-scenes.ts';
import { bandsRead, isRouted, RoutedRegions, type BegunRouted } from './routing/routed-region.ts';

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

/** A region whose first pixels are being read. */
interface Begun {
  readonly strip: RollingStrip;
  map(canvas: CanvasMemory, signals: TaskSignals): Promise<Mapped>;
}

/** Scenes open at once: of a region that is computed, and of the one that is read ahead. */
const OPEN_SCENES = 2;

/**
 * A worker's hands: executes region tasks of one workspace, whose parts go to a store; keeps the last models and scenes
 * open. While a region is computed the next may begin to be read, and the one before is encoded and written.
 */
export class MapWorker {
  readonly #store: Store;
  readonly #memory = new WorkMemory();
  /** Canvases that hold no region. */
  readonly #canvases: CanvasMemory[] = [];
  readonly #models: ModelPool;
  readonly #routed: RoutedRegions;
  readonly #turns = new Turns();
  readonly #scenes: OpenScenes;

  constructor(root: string, { store, roots }: MapWorkerPlaces) {
    this.#store = store;
    this.#scenes = new OpenScenes(root, roots, OPEN_SCENES);
    this.#models = new ModelPool(root);
    this.#routed = new RoutedRegions(root, this.#models);
  }

  /** Executes one task, unless its marker is there: part file first, then the marker, each only if absent. */
  async run(task: MapTask, signals: TaskSignals): Promise<{ reused: boolean; report: MapTaskReport }> {
    const finished = await readMarker(this.#store, task.id);
    if (finished !== null) return { reused: true, report: finished };
    const scene = await this.#scenes.get(task, isRouted(task) ? bandsRead(task) : task.bands);
    const begun = await this.#begin(task, scene);
    const canvas = this.#canvases.pop() ?? new CanvasMemory();
    try {
      let started = 0;
      const mapped = await this.#turns.take(() => {
        started = performance.now();
        return this.#compute(begun, canvas, signals);
      });
      return { reused: false, report: await this.#write(task, { grid: scene.grid, mapped, started }) };
    } finally {
      await begun.strip.settle();
      this.#canvases.push(canvas);
    }
  }

  async #compute(begun: Begun, canvas: CanvasMemory, signals: TaskSignals): Promise<Mapped> {
    this.#models.busy();
    try {
      return await begun.map(canvas, signals);
    } finally {
      await this.#models.rest();
    }
  }

  async #write(
    task: MapTask,
    { grid, mapped, started }: { grid: WorkingGrid; mapped: Mapped; started: number },
  ): Promise<MapTaskReport> {
    const encodeStart = performance.now();
    const { region, layers, routing } = mapped;
    const content = {
      grid,
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

  async #begin(task: MapTask, scene: OpenScene): Promise<Begun> {
    const memory = this.#memory;
    if (isRouted(task)) {
      const begun = await this.#routed.begin(task, scene, memory);
      return { strip: begun.strip, map: (canvas, signals) => mapRouted(begun, canvas, signals) };
    }
    const { reader } = scene;
    const input = { task, grid: scene.grid, statistics: statisticsOf(scene.item, task.bands) };
    const strip = readRegionAhead(input, await this.#models.cardOf(task.model), { reader, memory });
    return {
      strip,
      map: async (canvas, { progress, room }) => {
        const session = await this.#models.use(task.model, 1, () => progress(0, 1));
        const ports = { reader, session, memory, canvas, strip, progress, room };
        const region = await executeRegion(input, ports);
        return { region, layers: layersOf(region, session.card) };
      },
    };
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
}

/** Takes turns: one works at a time, in the order in which they came. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

async function mapRouted(begun: BegunRouted, canvas: CanvasMemory, signals: TaskSignals): Promise<Mapped> {
  const region = await begun.run(canvas, signals);
  const more = routedLayers(begun.routing.buckets);
  const layers = [
    ...layersOf(region, begun.card),
    { spec: more.bucket, data: region.bucket },
    { spec: more.margin, data: region.margin },
  ];
  return { region, layers, routing: region.routing };
}

const layersOf = (region: { classes: Uint8Array; confidence: Uint8Array }, card: ModelCard | null) => {
  const layers = mapLayers(card);
  return [
    { spec: layers.class, data: region.classes },
    { spec: layers.confidence, data: region.confidence },
  ];
};
