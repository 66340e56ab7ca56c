import { StripJoiner } from './join-strips.ts';
import { ObjectBatchBuilder, type ObjectBatch } from './object-batch.ts';
import { planRowStrips, type RowStrip } from './plan-strips.ts';
import { addObject } from './regularise.ts';
import type { StripPixels } from './strip-scan.ts';
import type { TracedStrip, TraceRule } from './trace-strip.ts';
import { TracingThread } from './tracing-thread.ts';

/** One way to the pixels of a raster: a reader of its own, used by one thread at a time. */
export interface StripReader {
  read(strip: RowStrip): Promise<StripPixels>;
}

export interface TraceJob {
  readonly height: number;
  readonly rule: TraceRule;
  /** One thread each. */
  readonly readers: readonly StripReader[];
  readonly signal: AbortSignal;
  /** Rows done so far. */
  readonly onRows?: (rows: number) => void;
}

/** Strips a thread may be ahead of the strip that is joined next: what is held in memory besides what is open. */
const AHEAD = 2;

/**
 * The objects of a raster in batches, in an order that depends on nothing but the pixels: strips are read and traced in
 * parallel, and joined one after the other. Throws what readers throw, and the signal's reason.
 */
export async function* traceRaster(job: TraceJob): AsyncGenerator<ObjectBatch> {
  const strips = planRowStrips(job.height);
  const desk = new StripDesk(strips, job.readers.length * AHEAD);
  const lanes = job.readers.map((reader) => runLane(reader, job, desk));
  // Failures come out of `desk.take`; nothing may be left unhandled.
  const ended = Promise.allSettled(lanes);
  try {
    const builder = { current: new ObjectBatchBuilder() };
    const joiner = new StripJoiner(job.rule.connectivity, (sums, polygons) =>
      addObject(builder.current, [sums, polygons], job.rule.regularise),
    );
    for (const strip of strips) {
      job.signal.throwIfAborted();
      const { objects, open } = await desk.take(strip.index);
      if (objects.count > 0) yield objects;
      joiner.add(open, strip.y);
      job.onRows?.(strip.y + strip.rows);
      yield* drain(builder);
    }
    joiner.finish(job.height);
    yield* drain(builder);
  } finally {
    desk.stop();
    await ended;
  }
}

function* drain(builder: { current: ObjectBatchBuilder }): Generator<ObjectBatch> {
  const batch = builder.current.finish();
  builder.current = new ObjectBatchBuilder();
  if (batch.count > 0) yield batch;
}

/** Reads and traces strips on one thread for as long as there are any. */
async function runLane(reader: StripReader, { rule, signal }: TraceJob, desk: StripDesk): Promise<void> {
  const thread = new TracingThread(rule);
  const stop = () => void thread.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (let strip = await desk.next(); strip !== null; strip = await desk.next()) {
      signal.throwIfAborted();
      desk.put(strip.index, await thread.trace(await reader.read(strip)));
    }
  } catch (error) {
    desk.fail(signal.aborted ? signal.reason : error);
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.close();
  }
}

/** Hands out strips in order, not too far ahead, and takes their results in any order. */
class StripDesk {
  readonly #strips: readonly RowStrip[];
  readonly #ahead: number;
  readonly #done = new Map<number, TracedStrip>();
  #handedOut = 0;
  #taken = 0;
  #stopped = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void)[] = [];

  constructor(strips: readonly RowStrip[], ahead: number) {
    this.#strips = strips;
    this.#ahead = ahead;
  }

  /** The next strip to trace, once its turn has come; null: there is none any more. */
  async next(): Promise<RowStrip | null> {
    for (;;) {
      const strip = this.#strips[this.#handedOut];
      if (strip === undefined || this.#stopped || this.#failure !== null) return null;
      if (this.#handedOut < this.#taken + this.#ahead) {
        this.#handedOut += 1;
        return strip;
      }
      await this.#change();
    }
  }

  put(index: number, traced: TracedStrip): void {
    this.#done.set(index, traced);
    this.#changed();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#changed();
  }

  stop(): void {
    this.#stopped = true;
    this.#changed();
  }

  async take(index: number): Promise<TracedStrip> {
    for (;;) {
      const traced = this.#done.get(index);
      if (traced !== undefined) {
        this.#done.delete(index);
        this.#taken = index + 1;
        this.#changed();
        return traced;
      }
      if (this.#failure !== null) throw this.#failure.error;
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
    });
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const one of wake) one();
  }
}
