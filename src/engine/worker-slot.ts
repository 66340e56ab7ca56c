/** A task's place at a worker. */
export interface Place {
  /** The worker takes one task more beside this one. */
  readonly makeRoom: () => void;
  readonly leave: () => void;
}

interface Waiting {
  readonly kind: 'look' | 'beside' | 'alone';
  readonly admit: () => void;
}

/**
 * Who may give its worker a task, in the order in which they ask: one, another beside it once that has made room, and
 * nobody beside one that is alone.
 */
export class WorkerSlot {
  /** Whether each that is in has made room. */
  readonly #places = new Set<{ room: boolean }>();
  readonly #waiting: Waiting[] = [];

  /** Settles when the worker takes a task; keeps no place for it. */
  ready(): Promise<void> {
    return new Promise((resolve) => this.#wait({ kind: 'look', admit: resolve }));
  }

  /** Takes a place. `alone`: with nobody beside it, whatever happens. */
  enter({ alone }: { alone: boolean }): Promise<Place> {
    return new Promise((resolve) => {
      this.#wait({ kind: alone ? 'alone' : 'beside', admit: () => resolve(this.#take(alone)) });
    });
  }

  #take(alone: boolean): Place {
    const place = { room: false };
    this.#places.add(place);
    return {
      makeRoom: () => {
        place.room = !alone;
        this.#admit();
      },
      leave: () => {
        this.#places.delete(place);
        this.#admit();
      },
    };
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#admit();
  }

  #admit(): void {
    for (let [next] = this.#waiting; next !== undefined && this.#admits(next); [next] = this.#waiting) {
      this.#waiting.shift();
      next.admit();
    }
  }

  #admits({ kind }: Waiting): boolean {
    const places = [...this.#places];
    return (
      places.length === 0 || (kind !== 'alone' && places.length === 1 && places.every(({ room }) => room))
    );
  }
}
