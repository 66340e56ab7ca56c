import { digestOf } from '../core/digest.ts';
import type { AssemblyReport, AssemblyTask } from '../engine/assembly-task.ts';
import type { MapTask } from '../engine/protocol.ts';
import { windowArea } from '../geo/window.ts';
import type { Store } from '../storage/store.ts';
import { readPlan, readRun } from '../workspace/runs.ts';
import { publishMap } from './publish-map.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A share of so many megapixels is worth the half second that every one costs: the indexes of all parts, and the overviews
 * above the regions. Workers that have nothing else to do take smaller ones.
 */
const SHARE_MEGAPIXELS = 256;
const LEAST_SHARE_MEGAPIXELS = 64;
const MOST_SHARES = 64;

/**
 * How a scene of a run is published: tasks that may be done at the same time; after several of them it is to be sealed.
 * @param idle workers for whom the run has no other task.
 */
export function assemblyTasks(
  run: string,
  tasks: readonly MapTask[],
  { env, idle }: { env: Environment; idle: number },
): AssemblyTask[] {
  const scene = tasks[0]?.scene ?? '';
  const megapixels = tasks.reduce((sum, { window }) => sum + windowArea(window) / 1e6, 0);
  const size = Number(env['RESFLOW_SHARE_MEGAPIXELS'] ?? SHARE_MEGAPIXELS);
  const spare = Math.min(idle, Math.ceil(megapixels / LEAST_SHARE_MEGAPIXELS));
  const count = Math.min(MOST_SHARES, Math.max(Math.ceil(megapixels / size), spare));
  const one = (stage?: AssemblyTask['stage']): AssemblyTask => ({
    version: 1,
    kind: 'scene-assembly',
    id: digestOf({ kind: 'scene-assembly', run, scene, stage: stage ?? null }),
    run,
    scene,
    ...(stage === undefined ? {} : { stage }),
  });
  if (count <= 1) return [one()];
  return Array.from({ length: count }, (_, index) => one({ index, count }));
}

/** A worker's hands for a scene's assembly: the same files, whoever makes them and however often. */
export async function runAssembly(
  root: string,
  task: AssemblyTask,
  { store, progress }: { store: Store; progress: (done: number, total: number) => void },
): Promise<{ reused: boolean; report: AssemblyReport }> {
  const started = performance.now();
  const run = await readRun(root, task.run);
  const tasks = await readPlan(root, task.run, task.scene);
  // A worker that is to stop is ended; what it was writing is swept.
  const { signal } = new AbortController();
  const { stage } = task;
  const published = await publishMap(root, run, task.scene, { tasks, store, signal, progress, stage });
  return {
    reused: false,
    report: { task: task.id, ...published, seconds: { total: (performance.now() - started) / 1000 } },
  };
}
