import { contractError } from '../core/errors.ts';
import { footprintOverlapM2 } from '../workspace/footprint-overlap.ts';
import type { SceneItem, Split } from '../workspace/scene-record.ts';

/** A scene with the splits its labels are used in: one, or several where it is cut into blocks. */
export interface SceneInSplits {
  readonly item: SceneItem;
  readonly splits: readonly Split[];
}

export interface SplitLeak {
  readonly scenes: readonly [string, string];
  readonly splits: readonly [Split, Split];
  readonly overlapM2: number;
}

/** Footprints that share less than this are neighbours whose edges were rounded. */
const TOLERANCE_M2 = 1;

/** Pairs of scenes in different splits whose footprints share ground. */
export function findSplitLeaks(scenes: readonly SceneInSplits[]): SplitLeak[] {
  const leaks: SplitLeak[] = [];
  for (const [i, a] of scenes.entries()) {
    for (const b of scenes.slice(i + 1)) {
      const pair = differing(a.splits, b.splits);
      if (pair === null) continue;
      const overlapM2 = footprintOverlapM2(a.item, b.item);
      if (overlapM2 > TOLERANCE_M2) leaks.push({ scenes: [a.item.id, b.item.id], splits: pair, overlapM2 });
    }
  }
  return leaks;
}

function differing(a: readonly Split[], b: readonly Split[]): [Split, Split] | null {
  for (const x of a) for (const y of b) if (x !== y) return [x, y];
  return null;
}

/** Refuses a split that leaks. Throws contract error SPLIT_LEAK naming the worst pair and how many there are. */
export function refuseSplitLeaks(scenes: readonly SceneInSplits[]): void {
  const leaks = findSplitLeaks(scenes).sort((a, b) => b.overlapM2 - a.overlapM2);
  const [worst] = leaks;
  if (worst === undefined) return;
  const [a, b] = worst.scenes;
  const more = leaks.length > 1 ? `, and ${leaks.length - 1} more pair(s) of scenes overlap so` : '';
  throw contractError(
    'SPLIT_LEAK',
    `Scenes '${a}' (${worst.splits[0]}) and '${b}' (${worst.splits[1]}) share ${Math.round(worst.overlapM2)} m2 of ground${more}: a score on one would know the other.`,
    {
      hint: 'Put both into one split (`resflow scene add --replace --split ...`), or take one of them out (`resflow scene remove`, `resflow label remove`).',
      context: {
        scenes: [a, b],
        splits: [...worst.splits],
        overlapM2: Math.round(worst.overlapM2),
        pairs: leaks.length,
      },
    },
  );
}
