import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { resourceError } from '../core/errors.ts';
import type { StripPixels } from './strip-scan.ts';
import type { TracedStrip, TraceRule } from './trace-strip.ts';

/** The thread's entry in the built program, also where the sources themselves run (tests). */
function threadEntry(): string {
  const candidates = ['./strip-thread.js', '../../dist/vectorize/strip-thread.js'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) {
    throw resourceError('NOT_BUILT', 'The thread that traces outlines is not built.', {
      hint: 'Run `npm run setup`.',
    });
  }
  return found;
}

/** A thread that traces strips, one at a time. */
export class TracingThread {
  readonly #worker: Worker;
  #waiting: { resolve: (traced: TracedStrip) => void; reject: (error: Error) => void } | null = null;

  constructor(rule: TraceRule) {
    this.#worker = new Worker(threadEntry(), { workerData: rule });
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
