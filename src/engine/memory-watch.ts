import { residentMiB } from './memory.ts';
import { WorkerGone, type WorkerProcess } from './worker-process.ts';

export interface MemoryWatch {
  readonly processes: () => readonly WorkerProcess[];
  readonly limitMiB: number;
  readonly report: (totalMiB: number) => void;
}

const SAMPLE_MS = 150;

/**
 * Samples the resident memory of this process and its workers; where the sum passes the limit, ends the largest worker
 * with MEMORY_EXCEEDED (its task is tried again, or given up). Pages that processes share count once for each of them,
 * so the sum errs on the high side. Returns a function that stops the watch.
 */
export function watchMemory(watch: MemoryWatch): () => void {
  const timer = setInterval(() => {
    const sizes = watch
      .processes()
      .map((worker) => ({ worker, mib: worker.pid === null ? 0 : (residentMiB(worker.pid) ?? 0) }));
    const total = (residentMiB('self') ?? 0) + sizes.reduce((sum, { mib }) => sum + mib, 0);
    watch.report(total);
    const largest = sizes.sort((a, b) => b.mib - a.mib)[0];
    if (total <= watch.limitMiB || largest === undefined) return;
    const limit = `all processes held ${Math.round(total)} MiB, the limit is ${Math.round(watch.limitMiB)} MiB`;
    largest.worker.kill(
      new WorkerGone(
        'MEMORY_EXCEEDED',
        `${limit}; the largest worker (${Math.round(largest.mib)} MiB) was ended`,
      ),
    );
  }, SAMPLE_MS);
  return () => clearInterval(timer);
}
