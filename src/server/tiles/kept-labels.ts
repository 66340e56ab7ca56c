import { openSceneLabels, type LabelTarget, type SceneLabels } from '../../labels/scene-labels.ts';
import type { LabelSource } from '../../workspace/label-record.ts';

interface Kept {
  readonly labels: Promise<SceneLabels>;
  users: number;
}

/** Labels of so many scenes and levels stay open: each holds all of its polygons. */
const MOST_KEPT = 8;

/** Keeps the labels of scenes open between pictures; closes those that were used longest ago. */
export class KeptLabels {
  readonly #kept = new Map<string, Kept>();

  /** Lends the labels of a target for the time of `work`; equal keys mean the same labels on the same grid. */
  async use<T>(
    key: string,
    asked: { readonly target: LabelTarget; readonly sources: readonly LabelSource[] },
    work: (labels: SceneLabels) => Promise<T>,
  ): Promise<T> {
    const kept = this.#kept.get(key) ?? { labels: openSceneLabels(asked.target, asked.sources), users: 0 };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    kept.users++;
    try {
      return await work(await kept.labels);
    } catch (error) {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
      throw error;
    } finally {
      kept.users--;
      this.#closeOldest();
    }
  }

  /** Closes all that nobody uses. */
  close(): void {
    this.#closeOldest(0);
  }

  #closeOldest(most = MOST_KEPT): void {
    for (const [key, kept] of this.#kept) {
      if (this.#kept.size <= most) return;
      if (kept.users > 0) continue;
      this.#kept.delete(key);
      void kept.labels.then(
        (labels) => labels.close(),
        () => undefined,
      );
    }
  }
}
