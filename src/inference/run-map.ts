import { partialError, toResflowError } from '../core/errors.ts';
import { InOrder } from '../core/in-order.ts';
import type { Progress } from '../core/progress.ts';
import type { AssemblyReport, AssemblyTask } from '../engine/assembly-task.ts';
import type { Engine, TaskFailure, TaskOutcome } from '../engine/engine.ts';
import type { MapTask, MapTaskReport } from '../engine/protocol.ts';
import { TaskQueue } from '../engine/task-queue.ts';
import { windowArea } from '../geo/window.ts';
import { STORAGE_CODES } from '../storage/s3-errors.ts';
import { joinSeams, NO_SEAMS } from '../tiling/chip-edges.ts';
import type { Failure, RunRecord } from '../workspace/run-record.ts';
import { borderScores, describeGallery, seamScore } from './run-scores.ts';
import { outstandingTasks, sceneStates, type PublishedScene, type SceneState } from './scene-states.ts';

export interface RunMapPorts {
  readonly engine: Engine;
  /** Failed tasks that the run bears; null: any number. */
  readonly maxFailures: number | null;
  readMarker(task: string): Promise<MapTaskReport | null>;
  /**
   * Assembles and publishes one scene, all of whose tasks are finished: here, or as tasks that the engine is to execute at
   * the same time, several of which are followed by `seal`. Throws the signal's reason when stopped. `open`: tasks of the
   * run whose outcome is not known yet.
   */
  publish(
    scene: string,
    tasks: readonly MapTask[],
    open: number,
  ): Promise<PublishedScene | readonly AssemblyTask[]>;
  seal(scene: string, tasks: readonly MapTask[]): Promise<PublishedScene>;
  save(run: RunRecord): Promise<void>;
  /** Told of what becomes of each region. */
  note(task: string, state: 'reused' | 'begun' | 'done' | 'failed', error?: TaskFailure): void;
  /** Calls back whenever some regions are to be done first, until the function that is returned is called. */
  watchPriority(apply: (isFirst: (task: MapTask) => boolean) => void): () => void;
  now(): number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const SAVE_EVERY_MS = 2000;
/** Markers being read at the same time: in a storage each takes a while. */
const READING_LIMIT = 32;
/** What stops all scenes, not one. */
const STOPPING_CODES = new Set<string>(['DISK_FULL', 'NOT_WRITABLE', ...STORAGE_CODES]);

/**
 * Brings a run to its end: tasks whose markers are there are reused, the others executed; a scene is published as soon
 * as its last region is done; a failed region costs its scene, nothing else. Returns the final record, also saved.
 * Throws what stopped the run early (the user, a full disk), after saving the record.
 */
export async function runMap(
  start: RunRecord,
  tasks: readonly MapTask[],
  ports: RunMapPorts,
): Promise<RunRecord> {
  const state = new RunState(start, tasks, ports);
  let stopWatching = () => {};
  try {
    await state.findFinished();
    await state.publishFinished();
    stopWatching = ports.watchPriority((isFirst) =>
      state.queue.prefer((task) => task.kind === 'scene-assembly' || isFirst(task)),
    );
    const observer = {
      taskProgress: (task: MapTask | AssemblyTask, chips: number, total: number) => {
        if (task.kind === 'map-region') state.onProgress(task, chips / total);
      },
      memory: (mib: number) => state.onMemory(mib),
    };
    for await (const outcome of ports.engine.run<MapTask | AssemblyTask>(
      state.queue,
      ports.signal,
      observer,
    )) {
      await state.onOutcome(outcome);
    }
    return await state.finish(state.anyFailed() ? 'failed' : 'done');
  } catch (error) {
    await state.finish(toResflowError(error).family === 'interrupted' ? 'interrupted' : 'failed');
    throw error;
  } finally {
    stopWatching();
    ports.progress.stop();
  }
}

/** How a task ended, without which it was. */
type Ending =
  | { readonly status: 'done'; readonly report: unknown }
  | { readonly status: 'failed'; readonly error: TaskFailure };

class RunState {
  /** What is to be done; assemblies join it as their scenes get complete. */
  queue = new TaskQueue<MapTask | AssemblyTask>();
  readonly #ports: RunMapPorts;
  readonly #scenes: Map<string, SceneState>;
  readonly #underWay = new Map<string, number>();
  readonly #started: number;
  #run: RunRecord;
  #doneMegapixels = 0;
  #savedAt = 0;

  constructor(run: RunRecord, tasks: readonly MapTask[], ports: RunMapPorts) {
    this.#ports = ports;
    this.#started = ports.now();
    this.#run = run;
    this.#scenes = sceneStates(tasks);
  }

  async findFinished(): Promise<void> {
    const queue = new InOrder<MapTaskReport | null>(READING_LIMIT);
    let reused = 0;
    for (const scene of this.#scenes.values()) {
      for (const task of scene.tasks) {
        await queue.add(this.#ports.readMarker(task.id), (report) => {
          if (report !== null) scene.reports.set(task.id, report);
          if (report !== null) this.#ports.note(task.id, 'reused');
          reused += Number(report !== null);
          return Promise.resolve();
        });
      }
    }
    await queue.drain();
    for (const scene of this.#scenes.values()) scene.open = scene.tasks.length - scene.reports.size;
    this.#run = { ...this.#run, tasks: { ...this.#run.tasks, reused, done: 0, failed: 0 } };
    const outstanding = outstandingTasks(this.#scenes.values());
    this.queue = new TaskQueue<MapTask | AssemblyTask>(outstanding);
    const todo = outstanding.reduce((sum, task) => sum + windowArea(task.window), 0) / 1e6;
    this.#ports.progress.start('map', Math.round(todo * 100) / 100, 'Mpx');
    await this.#save();
  }

  async publishFinished(): Promise<void> {
    for (const name of this.#scenes.keys()) await this.#publishIfComplete(name);
    this.#closeIfSettled();
  }

  onProgress(task: MapTask, share: number): void {
    if (!this.#underWay.has(task.id)) this.#ports.note(task.id, 'begun');
    this.#underWay.set(task.id, (share * windowArea(task.window)) / 1e6);
    this.#showProgress();
  }

  onMemory(mib: number): void {
    if (mib > this.#run.peakMemoryMiB) this.#run = { ...this.#run, peakMemoryMiB: Math.round(mib) };
  }

  async onOutcome(outcome: TaskOutcome<MapTask | AssemblyTask>): Promise<void> {
    const { task } = outcome;
    const scene = this.#scenes.get(task.scene);
    if (scene === undefined) throw new Error(`an outcome for scene '${task.scene}', which is not in the run`);
    scene.open -= 1;
    if (task.kind === 'scene-assembly') await this.#onAssembly(scene, outcome);
    else await this.#onRegion(task, scene, outcome);
    this.#closeIfSettled();
    if (this.#ports.now() - this.#savedAt > SAVE_EVERY_MS) await this.#save();
  }

  async #onRegion(task: MapTask, scene: SceneState, outcome: Ending): Promise<void> {
    this.#underWay.delete(task.id);
    this.#ports.note(task.id, outcome.status, outcome.status === 'failed' ? outcome.error : undefined);
    this.#doneMegapixels += windowArea(task.window) / 1e6;
    const { tasks } = this.#run;
    if (outcome.status === 'done') {
      // An engine reports as the task's kind says.
      scene.reports.set(task.id, outcome.report as MapTaskReport);
      this.#run = { ...this.#run, tasks: { ...tasks, done: tasks.done + 1 } };
      await this.#publishIfComplete(task.scene);
    } else {
      this.#run = { ...this.#run, tasks: { ...tasks, failed: tasks.failed + 1 } };
      this.#noteFailure(task.scene, { ...outcome.error, context: { ...outcome.error.context } }, task.id);
      this.#checkFailures();
    }
    this.#showProgress();
  }

  async #onAssembly(scene: SceneState, outcome: Ending): Promise<void> {
    const name = scene.tasks[0]?.scene ?? '';
    if (outcome.status === 'failed') {
      scene.toSeal = false;
      this.#noteFailure(name, { ...outcome.error, context: { ...outcome.error.context } }, null);
    } else this.#notePublished(name, outcome.report as AssemblyReport);
    if (scene.open > 0 || !scene.toSeal) await this.#save();
    else
      await this.#publishing(name, async () => {
        this.#notePublished(name, await this.#ports.seal(name, scene.tasks));
      });
  }

  /** Tasks and assemblies that have had no outcome. */
  get #open(): number {
    return [...this.#scenes.values()].reduce((sum, { open }) => sum + open, 0);
  }

  /** Nothing more will come once every task and every assembly has had its outcome. */
  #closeIfSettled(): void {
    if (this.#open === 0) this.queue.close();
  }

  #checkFailures(): void {
    const { maxFailures } = this.#ports;
    const { failed, planned } = this.#run.tasks;
    if (maxFailures === null || failed <= maxFailures) return;
    throw partialError(
      'TOO_MANY_FAILURES',
      `${failed} of ${planned} regions failed, --max-failures allows ${maxFailures}; the run was stopped.`,
      {
        hint: `\`resflow map show ${this.#run.id}\` lists why; finished regions are kept, and \`resflow map resume ${this.#run.id}\` goes on.`,
        context: { run: this.#run.id, failed, limit: maxFailures },
      },
    );
  }

  anyFailed(): boolean {
    return this.#run.scenes.some((scene) => scene.status === 'failed');
  }

  async finish(status: RunRecord['status']): Promise<RunRecord> {
    this.#run = { ...this.#run, status, coordinator: null };
    await this.#save();
    return this.#run;
  }

  async #publishIfComplete(name: string): Promise<void> {
    const scene = this.#scenes.get(name);
    if (scene === undefined || scene.reports.size < scene.tasks.length) return;
    scene.seams = NO_SEAMS;
    await this.#publishing(name, async () => {
      const published = await this.#ports.publish(name, scene.tasks, this.#open);
      if ('seams' in published) {
        this.#notePublished(name, published);
        return;
      }
      scene.toSeal = published.length > 1;
      scene.open += published.length;
      this.queue.addFirst(...published);
    });
  }

  /** Notes why a scene could not be published; throws what stops all. Saves the record. */
  async #publishing(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const error = toResflowError(thrown);
      if (STOPPING_CODES.has(error.code) || error.family === 'interrupted') throw error;
      const { code, message, hint, context } = error.toJSON();
      this.#noteFailure(name, { code, message, hint, context: { ...context } }, null);
    }
    await this.#save();
  }

  #notePublished(name: string, { map, seams }: PublishedScene): void {
    const scene = this.#scenes.get(name);
    if (scene === undefined) throw new Error(`scene '${name}' was published, which is not in the run`);
    scene.seams = joinSeams(scene.seams, seams);
    if (map === null) return;
    this.#updateScene(name, {
      status: 'done',
      ...map,
      seamScore: seamScore([scene]),
      ...(this.#run.gallery === undefined
        ? {}
        : { seamScoreBorders: borderScores([scene], this.#run.parameters).seamScoreBorders }),
    });
  }

  #noteFailure(name: string, failure: Failure, task: string | null): void {
    const failures = this.#run.scenes.find((scene) => scene.scene === name)?.failures ?? [];
    this.#updateScene(name, { status: 'failed', failures: [...failures, { ...failure, task }] });
  }

  #updateScene(name: string, change: Partial<RunRecord['scenes'][number]>): void {
    const scenes = this.#run.scenes.map((scene) => (scene.scene === name ? { ...scene, ...change } : scene));
    this.#run = { ...this.#run, scenes };
  }

  #showProgress(): void {
    const underWay = [...this.#underWay.values()].reduce((sum, value) => sum + value, 0);
    const done = this.#doneMegapixels + underWay;
    const rate = done / Math.max(0.001, (this.#ports.now() - this.#started) / 1000);
    this.#ports.progress.update(Math.round(done * 100) / 100, `${rate.toFixed(2)} Mpx/s`);
  }

  async #save(): Promise<void> {
    const now = this.#ports.now();
    const seconds = Math.max(0.001, (now - this.#started) / 1000);
    const reports = [...this.#scenes.values()].flatMap((scene) => [...scene.reports.values()]);
    const kept = reports.reduce((sum, report) => sum + report.pixelsKept, 0);
    const computed = reports.reduce((sum, report) => sum + report.pixelsComputed, 0);
    this.#run = {
      ...this.#run,
      updated: new Date(now).toISOString(),
      seconds,
      megapixels: this.#doneMegapixels,
      megapixelsPerSecond: this.#doneMegapixels / seconds,
      overlapFactor: kept > 0 && computed > 0 ? computed / kept : null,
      seamScore: seamScore([...this.#scenes.values()]),
      ...(this.#run.gallery === undefined
        ? {}
        : { gallery: describeGallery(this.#run.gallery, [...this.#scenes.values()], this.#run.parameters) }),
    };
    this.#savedAt = now;
    await this.#ports.save(this.#run);
  }
}
