import { createReadStream } from 'node:fs';
import { appendFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { writeFileAtomic } from '../core/atomic-file.ts';
import { systemErrorCode } from '../core/errors.ts';
import { runEventsFile } from './layout.ts';
import { failureSchema } from './run-record.ts';

/** What became of one region: found finished, begun, finished, or failed. */
export const runEventSchema = z.object({
  at: z.string(),
  task: z.string(),
  state: z.enum(['reused', 'begun', 'done', 'failed']),
  error: failureSchema.optional(),
});
export type RunEvent = z.infer<typeof runEventSchema>;

/** Events are written together, so that short regions do not wait for the disk. */
const WRITE_EVERY_MS = 200;

/**
 * Writes `events.jsonl` of a run, anew each time that somebody begins to work on it: first what is there already. What
 * cannot be written is dropped: the ledger, not this file, says what is done.
 */
export class RunEventLog {
  readonly #file: string;
  #pending: RunEvent[];
  #started = false;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(root: string, run: string) {
    this.#file = runEventsFile(root, run);
    this.#pending = [];
  }

  add(event: RunEvent): void {
    this.#pending.push(event);
    this.#timer ??= setTimeout(() => this.#flush(), WRITE_EVERY_MS);
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const text = this.#pending.map((event) => `${JSON.stringify(event)}\n`).join('');
    if (text === '' && this.#started) return;
    this.#pending = [];
    const write = this.#started ? appendFile : writeFileAtomic;
    this.#started = true;
    this.#writing = this.#writing.then(() => write(this.#file, text)).catch(() => undefined);
  }
}

/** Where one has read up to, of which version of the file. */
export interface EventsPosition {
  readonly file: number;
  readonly bytes: number;
}

/**
 * The events after a position, or all where the file was begun anew since (`anew`), and the next position. A line that is
 * only half there is left for the next time. null where the run has no events yet.
 */
export async function readRunEvents(
  root: string,
  run: string,
  after: EventsPosition | null,
): Promise<{ events: RunEvent[]; position: EventsPosition; anew: boolean } | null> {
  const path = runEventsFile(root, run);
  const found = await stat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return null;
  const anew = after === null || after.file !== found.ino || after.bytes > found.size;
  let bytes = anew ? 0 : after.bytes;
  const events: RunEvent[] = [];
  if (bytes < found.size) {
    const input = createReadStream(path, { start: bytes, end: found.size - 1 });
    for await (const line of createInterface({ input })) {
      const event = parseLine(line);
      // The last line may be half written.
      if (event === null && bytes + Buffer.byteLength(line) >= found.size) break;
      bytes += Buffer.byteLength(line) + 1;
      if (event !== null) events.push(event);
    }
  }
  return { events, position: { file: found.ino, bytes: Math.min(bytes, found.size) }, anew };
}

function parseLine(line: string): RunEvent | null {
  try {
    return runEventSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
