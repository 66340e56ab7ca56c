import { Worker } from 'node:worker_threads';
import { builtEntry } from '../core/built-entry.ts';
import type { StripPixels } from './strip-scan.ts';
import type { TracedStrip, TraceRule } from './trace-strip.ts';

/** A thread that traces strips, one at a time. */
export class TracingThread {
  readonly #worker: Worker;
  #waiting: { resolve: (traced: TracedStrip) => void; reject: (error: Error) => void } | null = null;

  constructor(rule: TraceRule) {
    this.#worker = new Worker(builtEntry(import.meta.url, 'vectorize/strip-thread.js'), { workerData: rule });
    this.#worker.on('message', (traced: TracedStrip) => this.#settle((waiting) => waiting.resolve(traced)));
    this.#worker.on('error', (error: Error) => this.#settle((waiting) => waiting.reject(error)));
    this.#worker.on('exit', (code) =>
      this.#settle((waiting) => waiting.reject(new Error(`a tracing thread ended (${code})`))),
    );
  }

  /** Pixels should lie in shared memory, which is not copied; they are free again when this settles. */
  trace(pixels: StripPixels): Promise<TracedStrip> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(pixels, []);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(
    tell: (waiting: { resolve: (traced: TracedStrip) => void; reject: (error: Error) => void }) => void,
  ): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) tell(waiting);
  }
}
