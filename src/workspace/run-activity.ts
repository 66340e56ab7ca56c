import { stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isSameProcess, startOfProcess } from '../core/process-identity.ts';
import { runFile } from './layout.ts';
import type { RunRecord } from './run-record.ts';

type Coordinator = NonNullable<RunRecord['coordinator']>;

const HEARTBEAT_MS = 30_000;
/** A coordinator on another host cannot be asked; it counts as gone after so long without a sign of life. */
const SILENCE_MS = 10 * HEARTBEAT_MS;

/** This process, as the one that works on a run. */
export const thisCoordinator = (): Coordinator => ({
  pid: process.pid,
  host: hostname(),
  started: startOfProcess(process.pid),
});

/** Touches a run's record from time to time, until the function that is returned is called. */
export function beatHeart(root: string, run: string): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    // A missed beat is no reason to stop; a disk that is gone will be told by what writes results.
    utimes(runFile(root, run), now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** True where another process works on the run: alive on this host, or lately heard of on another. */
export async function isActive(root: string, run: RunRecord): Promise<boolean> {
  const { coordinator, status } = run;
  if (coordinator === null || status !== 'running') return false;
  if (coordinator.host !== hostname()) {
    const { mtimeMs } = await stat(runFile(root, run.id));
    return Date.now() - mtimeMs < SILENCE_MS;
  }
  return coordinator.pid !== process.pid && isSameProcess(coordinator.pid, coordinator.started);
}

/** A run as it is now: what says running but has nobody working on it was interrupted. */
export const asItIs = async (root: string, run: RunRecord): Promise<RunRecord> =>
  run.status === 'running' && !(await isActive(root, run)) ? { ...run, status: 'interrupted' } : run;
