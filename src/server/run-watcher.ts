import { readRunEvents, type EventsPosition, type RunEvent } from '../workspace/run-events.ts';
import type { RunView } from './run-view.ts';
import { viewRuns } from './run-view.ts';

/** One thing that happened, as it goes out. */
export interface ServerEvent {
  /** Names the server's life and the place in it: `<life>-<n>`. */
  readonly id: string;
  readonly event: 'run' | 'regions';
  readonly data: unknown;
}

const LOOK_EVERY_MS = 1000;
/** Events kept for those who come back; more than a page misses in some minutes. */
const KEPT = 2000;
/** Regions told at once. */
const MOST_REGIONS = 5000;

/**
 * Looks at the runs of a workspace while somebody listens, and tells what changed: a run's record (`run`, the whole view),
 * and what became of its regions (`regions`). Runs of other processes, and those of before a restart, are seen alike.
 */
export class RunWatcher {
  readonly #root: string;
  readonly #life: string;
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  readonly #seen = new Map<string, string>();
  readonly #positions = new Map<string, EventsPosition>();
  #kept: ServerEvent[] = [];
  #count = 0;
  /** Whether the state of all runs was seen once since somebody listens. */
  #knows = false;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;

  constructor(root: string, life: string) {
    this.#root = root;
    this.#life = life;
  }

  /**
   * Calls `listener` for what happens from now on, first for what happened after the event `lastId`. Where that is not
   * known any more, whoever listens has to read everything anew once `reset` was called. The function that is returned
   * ends it.
   */
  listen(listener: (event: ServerEvent) => void, lastId: string | null, reset: () => void): () => void {
    const at = this.#kept.findIndex(({ id }) => id === lastId);
    const complete = at >= 0 || lastId === this.lastId;
    if (complete) for (const event of this.#kept.slice(at + 1)) listener(event);
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_EVERY_MS);
    // What changes after the first look is told, what changed before it is read by the listener.
    if (!complete) void this.#look().then(reset);
    return () => this.#leave(listener);
  }

  /** The id of the last event; a listener that begins here misses nothing. */
  get lastId(): string {
    return `${this.#life}-${this.#count}`;
  }

  #leave(listener: (event: ServerEvent) => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    // What happens meanwhile is not seen: those who come back are told to read anew.
    this.#kept = [];
    this.#count += 1;
    this.#knows = false;
    this.#seen.clear();
    this.#positions.clear();
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce()
      // A record that is being replaced is read at the next look.
      .catch(() => undefined)
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const first = !this.#knows;
    for (const run of await viewRuns(this.#root)) {
      const state = JSON.stringify([run.updated, run.status, run.tasks, run.evaluated]);
      const changed = this.#seen.get(run.id) !== state;
      this.#seen.set(run.id, state);
      if (changed && !first) this.#tell('run', run);
      if (run.status === 'running' || run.status === 'planning' || changed)
        await this.#lookAtRegions(run, first);
    }
    this.#knows = true;
  }

  async #lookAtRegions(run: RunView, first: boolean): Promise<void> {
    const read = await readRunEvents(this.#root, run.id, this.#positions.get(run.id) ?? null);
    if (read === null) return;
    this.#positions.set(run.id, read.position);
    // Whoever has just come reads the regions by themselves.
    if (first) return;
    for (let i = 0; i < read.events.length; i += MOST_REGIONS) {
      const regions = read.events.slice(i, i + MOST_REGIONS).map(shortened);
      this.#tell('regions', { run: run.id, anew: read.anew && i === 0, regions });
    }
  }

  #tell(event: ServerEvent['event'], data: unknown): void {
    this.#count += 1;
    const told: ServerEvent = { id: this.lastId, event, data };
    this.#kept.push(told);
    if (this.#kept.length > KEPT) this.#kept = this.#kept.slice(-KEPT / 2);
    for (const listener of this.#listeners) listener(told);
  }
}

const shortened = ({ task, state, error }: RunEvent) => ({
  task,
  state,
  ...(error === undefined ? {} : { error }),
});
