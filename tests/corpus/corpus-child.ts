import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Refusal {
  readonly family: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly type: string;
  /** Per band, of all samples as float64; and the mean. */
  readonly digests: readonly string[];
  readonly means: readonly number[];
}

type Attempt<T> =
  { readonly ok: T; readonly refused?: undefined } | { readonly ok?: undefined; readonly refused: Refusal };

/** What became of one file; `lost` where the child crashed, hung or grew too large on it. */
export interface Outcome {
  readonly path: string;
  readonly pixels?: Attempt<Pixels & { readonly gdalDigests: readonly string[] }>;
  readonly scene?: Attempt<number>;
  readonly lost?: string;
  readonly seconds: number;
  readonly peakMiB: number;
}

const SCRIPT = fileURLToPath(new URL('read-one.mjs', import.meta.url));

/** Highest resident memory of a process so far, MiB (Linux; 0 elsewhere). */
function peakMiB(pid: number | undefined): number {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(found?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** A child process that reads files one after the other, within limits; it is started anew when a file kills it. */
export class CorpusChild {
  #child?: ChildProcess;

  async read(path: string, limits: { seconds: number; mebibytes: number }): Promise<Outcome> {
    const child = await this.#start();
    const started = performance.now();
    return new Promise((resolve) => {
      let peak = 0;
      const finish = (outcome: Partial<Outcome>) => {
        clearTimeout(timer);
        clearInterval(watch);
        child.removeAllListeners();
        if (outcome.lost !== undefined) this.close();
        resolve({
          path,
          seconds: (performance.now() - started) / 1000,
          peakMiB: Math.max(peak, peakMiB(child.pid)),
          ...outcome,
        });
      };
      const timer = setTimeout(
        () => finish({ lost: `took over ${limits.seconds} s` }),
        limits.seconds * 1000,
      );
      const watch = setInterval(() => {
        peak = Math.max(peak, peakMiB(child.pid));
        if (peak > limits.mebibytes) finish({ lost: `took ${Math.round(peak)} MiB` });
      }, 20);
      child.once('message', (message) => finish(message as Partial<Outcome>));
      child.once('exit', (code, signal) => finish({ lost: `ended the process (${signal ?? code})` }));
      child.send({ path });
    });
  }

  async #start(): Promise<ChildProcess> {
    if (this.#child !== undefined) return this.#child;
    const child = fork(SCRIPT, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    // Whatever GDAL's codecs print must not fill the pipes.
    child.stdout?.resume();
    child.stderr?.resume();
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) =>
        reject(new Error(`the child did not start (${code}); is the program built?`)),
      );
    });
    child.removeAllListeners();
    return child;
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
