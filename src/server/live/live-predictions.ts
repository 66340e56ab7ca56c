import { intersectWindows, type Window } from '../../geo/window.ts';
import type { PartPixels } from '../../mosaic/part-pixels.ts';
import type { ServerContext } from '../server-context.ts';
import { FairQueue } from './fair-queue.ts';
import { tasksIn, type LivePlan, type LiveRequest } from './live-plan.ts';
import { LiveStore } from './live-store.ts';
import { WorkerPool } from './worker-pool.ts';

/** Who asks, and until when the answer is of use. */
export interface Asker {
  readonly client: string;
  readonly signal: AbortSignal;
}

/** Plans are made anew after so long: a model may have been trained since. */
const PLAN_MS = 15_000;
const KEPT_PLANS = 64;
/** The disk is looked over after so many predictions. */
const SWEEP_EVERY = 200;

/**
 * Predictions where somebody looks: regions of about one chip are mapped by workers as those of runs are, when they are
 * asked for, with the same chips, halo and normalisation; so their pixels are those of a run's map. Regions that were
 * mapped before, here or by a run, are not mapped again.
 */
export class LivePredictions {
  readonly #context: ServerContext;
  readonly #store: LiveStore;
  readonly #pool: WorkerPool;
  readonly #queue: FairQueue;
  readonly #plans = new Map<string, { readonly plan: Promise<LivePlan>; readonly until: number }>();
  #predicted = 0;

  constructor(context: ServerContext, { workers }: { readonly workers: number }) {
    this.#context = context;
    this.#store = new LiveStore(context.root);
    this.#pool = new WorkerPool(context.commands.liveWorker());
    this.#queue = new FairQueue(workers);
    context.signal.addEventListener('abort', () => void this.#pool.stop(), { once: true });
  }

  /** Regions that wait to be predicted and that are being predicted. */
  get load(): { readonly waiting: number; readonly running: number } {
    return this.#queue.size;
  }

  /** What there is to predict of a scene. Throws the errors of `map plan`. */
  plan(request: LiveRequest): Promise<LivePlan> {
    const key = JSON.stringify([request.application, request.model, request.scene]);
    const known = this.#plans.get(key);
    if (known !== undefined && known.until > Date.now()) return known.plan;
    const plan = this.#context.commands.planLive(request, this.#context.signal);
    this.#plans.delete(key);
    this.#plans.set(key, { plan, until: Date.now() + PLAN_MS });
    plan.catch(() => this.#plans.delete(key));
    for (const oldest of [...this.#plans.keys()].slice(0, -KEPT_PLANS)) this.#plans.delete(oldest);
    return plan;
  }

  /** The layers of a window of the plan's grid, (height, width) uint8 each; what lies outside the grid has no data. */
  async pixels(plan: LivePlan, window: Window, asker: Asker): Promise<Record<string, Uint8Array>> {
    const size = window.width * window.height;
    const layers: Record<string, Uint8Array> = {};
    for (const { name, noData } of plan.layers) layers[name] = new Uint8Array(size).fill(noData);
    const regions = await Promise.all(tasksIn(plan, window).map((task) => this.#region(task, asker)));
    for (const region of regions) copyInto(layers, window, region);
    return layers;
  }

  async #region(task: LivePlan['tasks'][number], { client, signal }: Asker): Promise<PartPixels> {
    const found = await this.#store.find(task.id);
    if (found !== null) return found;
    await this.#queue.want(task.id, { client, signal, work: () => this.#predict(task) });
    const predicted = await this.#store.find(task.id);
    if (predicted === null) throw new Error(`region ${task.id} was predicted and is not there`);
    return predicted;
  }

  async #predict(task: LivePlan['tasks'][number]): Promise<void> {
    await this.#pool.map(task);
    this.#predicted += 1;
    if (this.#predicted % SWEEP_EVERY === 1) await this.#store.sweep();
  }
}

function copyInto(layers: Record<string, Uint8Array>, window: Window, region: PartPixels): void {
  const shared = intersectWindows(window, region.window);
  if (shared === null) return;
  for (const [name, { data }] of Object.entries(region.layers)) {
    const target = layers[name];
    if (target === undefined) continue;
    for (let line = shared.y; line < shared.y + shared.height; line += 1) {
      const from = (line - region.window.y) * region.window.width + shared.x - region.window.x;
      const to = (line - window.y) * window.width + shared.x - window.x;
      target.set(data.subarray(from, from + shared.width), to);
    }
  }
}
