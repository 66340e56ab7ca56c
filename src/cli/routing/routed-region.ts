import { join } from 'node:path';
import { Kept } from '../../core/kept.ts';
import type { MapTask } from '../../engine/protocol.ts';
import type { TaskSignals } from '../../engine/serve-worker.ts';
import type { CanvasMemory } from '../../inference/canvas.ts';
import type { WorkMemory } from '../../inference/execute-region.ts';
import {
  executeRoutedRegion,
  readRoutedRegionAhead,
  type RoutedRegionInput,
  type RoutedRegionResult,
} from '../../inference/execute-routed-region.ts';
import type { RoutingRules } from '../../inference/route-row.ts';
import type { RollingStrip } from '../../inference/rolling-strip.ts';
import type { ModelCard } from '../../model/card.ts';
import type { NetworkSession } from '../../model/onnx-session.ts';
import { readCard } from '../../model/read-card.ts';
import type { Routing } from '../../workspace/routing-record.ts';
import { readRouting } from '../../workspace/routings.ts';
import { readSceneCodes } from '../../workspace/scene-codes.ts';
import { sceneGrid } from '../../workspace/scene-grid.ts';
import { statisticsOf } from '../../workspace/scene-identity.ts';
import type { ModelPool } from '../model-pool.ts';
import type { OpenScene } from '../open-scenes.ts';
import { ChipRouter } from './chip-router.ts';
import { closeRouterNetworks, openRouterNetworks } from './router-networks.ts';

export type RoutedTask = MapTask & { readonly routing: NonNullable<MapTask['routing']> };

export const isRouted = (task: MapTask): task is RoutedTask => task.routing !== undefined;

/** Bands of the file that a routed task reads: its models', then those that only the encoder needs. */
export const bandsRead = ({ bands, routing }: RoutedTask): number[] => [
  ...bands,
  ...routing.bands.filter((band) => !bands.includes(band)),
];

/** `cards`: of each model of the routing. */
export const rulesOf = (
  { models, buckets, softBits = 0, yieldBits = 0, cellPixels }: Routing,
  cards: readonly ModelCard[],
): RoutingRules => ({
  models: cards.map((card, i) => ({
    card,
    haloPixels: models[i]?.haloPixels ?? 0,
    cost: models[i]?.cost ?? 1,
  })),
  modelOfBucket: buckets.map(({ model }) => model),
  softBits,
  yieldBits,
  cellPixels,
});

interface OpenRouting {
  readonly digest: string;
  readonly routing: Routing;
  /** Of each model. */
  readonly cards: readonly ModelCard[];
}

/** A region whose first pixels are being read. */
export interface BegunRouted {
  readonly routing: Routing;
  /** Mono's. */
  readonly card: ModelCard | null;
  readonly strip: RollingStrip;
  run(canvas: CanvasMemory, signals: TaskSignals): Promise<RoutedRegionResult>;
}

/** A worker's hands for routed maps: keeps the last partition's networks and the last scene's router. */
export class RoutedRegions {
  readonly #root: string;
  readonly #pool: ModelPool;
  #open: OpenRouting | null = null;
  readonly #networks = new Kept(closeRouterNetworks);
  #router: { readonly key: string; readonly router: ChipRouter } | null = null;

  constructor(root: string, pool: ModelPool) {
    this.#root = root;
    this.#pool = pool;
  }

  /** Begins to read a region. Whoever does waits for its strip to settle in the end. */
  async begin(task: RoutedTask, scene: OpenScene, memory: WorkMemory): Promise<BegunRouted> {
    const { routing, cards } = await this.#openRouting(task.routing.digest);
    const router = await this.#routerOf(task, scene, routing);
    const input: RoutedRegionInput = {
      task,
      grid: scene.grid,
      statistics: statisticsOf(scene.item, task.bands),
      ...rulesOf(routing, cards),
      bandsRead: bandsRead(task).length,
    };
    const ports = { reader: scene.reader, router, memory };
    const strip = readRoutedRegionAhead(input, ports);
    return {
      routing,
      card: cards[0] ?? null,
      strip,
      run: (canvas, { progress, room }) =>
        executeRoutedRegion(input, {
          ...ports,
          canvas,
          strip,
          open: (model) => this.#session(routing, model, task.routing.openModels, () => progress(0, 1000)),
          progress,
          room,
        }),
    };
  }

  async #session(routing: Routing, model: number, most: number, onWait: () => void): Promise<NetworkSession> {
    const wanted = routing.models[model];
    const session = wanted === undefined ? null : await this.#pool.use(wanted, most, onWait);
    if (session === null || session.variant === 'noop') throw new RangeError(`no network ${model}`);
    return session;
  }

  async #routerOf(task: RoutedTask, { item, grid }: OpenScene, routing: Routing): Promise<ChipRouter> {
    const { digest, bands, codes } = task.routing;
    const key = [task.scene, digest, task.parameters.gsdMetres, bands.join(','), codes].join(' ');
    if (this.#router?.key === key) return this.#router.router;
    const read = bandsRead(task);
    const router = new ChipRouter({
      scene: task.scene,
      routing,
      grid,
      galleryGrid: sceneGrid(item, routing.partition.gsdMetres),
      bands: bands.map((band) => read.indexOf(band)),
      statistics: statisticsOf(item, bands),
      codes: codes === undefined ? null : await readSceneCodes(this.#root, codes),
      networks: () =>
        this.#networks.get(routing.partition.digest, () => openRouterNetworks(this.#root, routing)),
    });
    this.#router = { key, router };
    return router;
  }

  async #openRouting(digest: string): Promise<OpenRouting> {
    if (this.#open?.digest === digest) return this.#open;
    const routing = await readRouting(this.#root, digest);
    const folders = routing.models.map(({ folder }) => join(this.#root, folder));
    const cards = await Promise.all(folders.map(readCard));
    this.#open = { digest, routing, cards };
    return this.#open;
  }
}
