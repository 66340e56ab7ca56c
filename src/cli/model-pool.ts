import { join } from 'node:path';
import type { MapTask } from '../engine/protocol.ts';
import { openModelSession, type ModelSession } from '../model/onnx-session.ts';

type Wanted = MapTask['model'];

/** The models that a worker has open: those that were last asked for, together. */
export class ModelPool {
  readonly #root: string;
  readonly #open = new Map<string, ModelSession>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Sessions of these models, in their order; closes others first. */
  async open(wanted: readonly Wanted[]): Promise<ModelSession[]> {
    const keys = new Set(wanted.map(keyOf));
    for (const [key, session] of this.#open) {
      if (keys.has(key)) continue;
      this.#open.delete(key);
      await session.close();
    }
    const sessions: ModelSession[] = [];
    for (const model of wanted) sessions.push(await this.#session(model));
    return sessions;
  }

  async #session(model: Wanted): Promise<ModelSession> {
    const key = keyOf(model);
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const session = await openModelSession(join(this.#root, model.folder), model.variant, { threads: 1 });
    this.#open.set(key, session);
    return session;
  }
}

const keyOf = ({ folder, variant, sha256 }: Wanted): string => `${folder} ${variant} ${sha256}`;
