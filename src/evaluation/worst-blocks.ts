import type { Window } from '../geo/window.ts';
import type { Categories } from './categories.ts';
import { classCount } from './categories.ts';
import type { SceneEvidence } from './evaluate-scene.ts';
import { blockWindow } from './ground-blocks.ts';
import { scoresOf } from './tally.ts';

export interface BlockError {
  readonly window: Window;
  readonly scoredPixels: number;
  readonly wrongPixels: number;
  /** Mean over the classes that could be judged. */
  readonly iou: number | null;
}

/** The blocks of ground with the most wrongly mapped pixels, worst first; blocks without an error are left out. */
export function worstBlocks(evidence: SceneEvidence, categories: Categories, limit: number): BlockError[] {
  const size = categories.all.length;
  return [...evidence.blocks]
    .map(([index, { confusion, tally }]) => {
      let scoredPixels = 0;
      let right = 0;
      confusion.forEach((count, i) => {
        scoredPixels += count;
        if (i % (size + 1) === 0) right += count;
      });
      const ious = Array.from({ length: classCount(categories) }, (_, c) => scoresOf(tally, c).iou).filter(
        (iou) => iou !== null,
      );
      return {
        index,
        scoredPixels,
        wrongPixels: scoredPixels - right,
        iou: ious.length === 0 ? null : ious.reduce((sum, iou) => sum + iou, 0) / ious.length,
      };
    })
    .filter(({ wrongPixels }) => wrongPixels > 0)
    .sort((a, b) => b.wrongPixels - a.wrongPixels || a.index - b.index)
    .slice(0, limit)
    .map(({ index, ...rest }) => ({ window: blockWindow(evidence.groundBlocks, index), ...rest }));
}
