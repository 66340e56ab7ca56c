import { join } from 'node:path';
import type { MapTask } from '../engine/protocol.ts';
import { openModelSession, type ModelSession } from '../model/onnx-session.ts';

type Wanted = MapTask['model'];

/** The models that a worker has open: those last used, up to a limit that is given with each use. */
export class ModelPool {
  readonly #root: string;
  /** The one used last comes last. */
  readonly #open = new Map<string, ModelSession>();

  constructor(root: string) {
    this.#root = root;
  }

  /** A model's session, opened if it is not; the ones not used for longest are closed, so that no more than `most` are open. */
  async use(model: Wanted, most: number): Promise<ModelSession> {
    const key = keyOf(model);
    const known = this.#open.get(key);
    this.#open.delete(key);
    await this.#closeAllBut(most - 1);
    const session =
      known ?? (await openModelSession(join(this.#root, model.folder), model.variant, { threads: 1 }));
    this.#open.set(key, session);
    return session;
  }

  async #closeAllBut(count: number): Promise<void> {
    for (const [key, session] of [...this.#open].slice(0, Math.max(0, this.#open.size - count))) {
      this.#open.delete(key);
      await session.close();
    }
  }
}

const keyOf = ({ folder, variant, sha256 }: Wanted): string => `${folder} ${variant} ${sha256}`;
