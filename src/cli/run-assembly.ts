import { digestOf } from '../core/digest.ts';
import type { AssemblyReport, AssemblyTask } from '../engine/assembly-task.ts';
import type { Store } from '../storage/store.ts';
import { readPlan, readRun } from '../workspace/runs.ts';
import { publishMap } from './publish-map.ts';

/** The task that publishes a scene of a run. */
export const assemblyTask = (run: string, scene: string): AssemblyTask => ({
  version: 1,
  kind: 'scene-assembly',
  id: digestOf({ kind: 'scene-assembly', run, scene }),
  run,
  scene,
});

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
  const map = await publishMap(root, run, task.scene, { tasks, store, signal, progress });
  return {
    reused: false,
    report: { task: task.id, ...map, seconds: { total: (performance.now() - started) / 1000 } },
  };
}
