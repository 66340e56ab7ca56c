import { Worker } from 'node:worker_threads';
import { builtEntry } from '../core/built-entry.ts';
import { ResflowError, type ErrorContext, type ErrorFamily } from '../core/errors.ts';
import type { NetworkAxes } from './network-axes.ts';
import type { NetworkOptions, OnnxNetwork, ShapeNCHW } from './onnx-network.ts';

/** What the thread is asked; `network` is the number that it gave when it opened one. */
export type ThreadRequest =
  | { readonly kind: 'open'; readonly bytes: Uint8Array; readonly options: NetworkOptions }
  | {
      readonly kind: 'run';
      readonly network: number;
      readonly input: Float32Array;
      readonly shape: ShapeNCHW;
    }
  | { readonly kind: 'close'; readonly network: number };

export interface ThreadAnswers {
  open: { network: number; axes: NetworkAxes };
  run: { data: Float32Array; shape: ShapeNCHW };
  close: null;
}

/** An error on its way between threads, which keep only the text of one. */
export interface ThreadError {
  readonly family: ErrorFamily;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly context: ErrorContext;
}

export type ThreadReply = { readonly id: number } & (
  { readonly ok: ThreadAnswers[keyof ThreadAnswers] } | { readonly error: ThreadError }
);

interface Waiting {
  readonly resolve: (answer: ThreadAnswers[keyof ThreadAnswers]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that holds networks and runs them, one batch at a time in the order they are asked for, so that the event loop
 * reads, blends and writes meanwhile. Inputs should lie in shared memory, which is not copied on the way; they must not
 * change until the run has settled.
 */
export class NetworkThread {
  #worker: Worker | null = null;
  #asked = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** As `openNetwork`, with its errors. */
  readonly open = async (bytes: Uint8Array, options: NetworkOptions): Promise<OnnxNetwork> => {
    const { network, axes } = await this.#ask({ kind: 'open', bytes, options });
    return {
      axes,
      run: (input, shape) => this.#ask({ kind: 'run', network, input, shape }),
      close: async () => {
        await this.#ask({ kind: 'close', network });
      },
    };
  };

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask<R extends ThreadRequest>(request: R): Promise<ThreadAnswers[R['kind']]> {
    const worker = (this.#worker ??= this.#start());
    const id = (this.#asked += 1);
    worker.ref();
    return new Promise((resolve, reject) => {
      // A reply answers the kind of its request.
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as ThreadAnswers[R['kind']]), reject });
      worker.postMessage({ id, ...request }, []);
    });
  }

  #start(): Worker {
    const worker = new Worker(builtEntry(import.meta.url, 'model/network-thread-main.js'));
    worker.on('message', (reply: ThreadReply) => this.#take(reply));
    worker.on('error', (error: Error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new Error(`the thread that runs networks ended (${code})`)));
    return worker;
  }

  #take(reply: ThreadReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    // A process with nothing else to do may end.
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ('ok' in reply) waiting?.resolve(reply.ok);
    else waiting?.reject(errorOf(reply.error));
  }

  #fail(error: Error): void {
    this.#worker = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

const errorOf = ({ family, code, message, hint, context }: ThreadError): ResflowError =>
  new ResflowError(family, code, message, { ...(hint === null ? {} : { hint }), context });
