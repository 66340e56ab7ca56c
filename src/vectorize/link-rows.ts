import type { RowRuns } from './row-runs.ts';

/** Where a horizontal stretch of outline comes from: down the left edge of a run above, or up the right edge of one below. */
export const FROM_ABOVE_LEFT = 0;
export const FROM_BELOW_RIGHT = 1;
/** Where it goes on: up the right edge of a run above, or down the left edge of one below. */
export const TO_ABOVE_RIGHT = 0;
export const TO_BELOW_LEFT = 1;

/** The outline's way from a run's edge along the grid line to another edge; `saddle` where it touches itself or may. */
export interface Turn {
  from: 0 | 1;
  fromRun: number;
  fromX: number;
  fromSaddle: boolean;
  to: 0 | 1;
  toRun: number;
  toX: number;
  toSaddle: boolean;
}

/** What is told of two rows that meet at a grid line; runs by their number in the row above and in the row below. */
export interface RowLinker {
  /** Runs of one value that share an edge. */
  touch(above: number, below: number): void;
  /** Runs of one value that share a corner only. */
  meetAtCorner(above: number, below: number): void;
  /** A left edge goes straight on, from the row above to the row below. */
  straightLeft(above: number, below: number): void;
  /** A right edge goes straight on, from the row below to the row above. */
  straightRight(above: number, below: number): void;
  /** Valid during the call only. */
  turn(turn: Turn): void;
}

/**
 * Follows the outlines of all values across the grid line between two rows. Outlines have their own pixels on the left:
 * left edges go down, bottom edges right, right edges up, top edges left. Where two pixels of one value meet at a corner
 * only, the outline stays with its pixel, so that no ring runs through two parts that share no edge.
 */
export function linkRows(above: RowRuns, below: RowRuns, linker: RowLinker): void {
  linkDownwards(above, below, linker);
  linkUpwards(above, below, linker);
}

const turn: Turn = {
  from: 0,
  fromRun: 0,
  fromX: 0,
  fromSaddle: false,
  to: 0,
  toRun: 0,
  toX: 0,
  toSaddle: false,
};

/** Bottom edges: where a run above has nothing of its value below it. */
function linkDownwards(above: RowRuns, below: RowRuns, linker: RowLinker): void {
  let first = 0;
  for (let i = 0; i < above.count; i += 1) {
    const start = above.start[i] as number;
    const end = above.end[i] as number;
    const value = above.value[i] as number;
    while (first < below.count && (below.end[first] as number) < start) first += 1;
    turn.from = FROM_ABOVE_LEFT;
    turn.fromRun = i;
    turn.fromX = start;
    turn.fromSaddle = false;
    let open = true;
    turn.toSaddle = false;
    for (let k = first; k < below.count && (below.start[k] as number) <= end; k += 1) {
      if (below.value[k] !== value) continue;
      const left = below.start[k] as number;
      const right = below.end[k] as number;
      if (right === start) {
        turn.fromSaddle = true;
        linker.meetAtCorner(i, k);
        continue;
      }
      if (left === end) {
        turn.toSaddle = true;
        linker.meetAtCorner(i, k);
        continue;
      }
      linker.touch(i, k);
      if (left === start) linker.straightLeft(i, k);
      else if (left > start) {
        turn.to = TO_BELOW_LEFT;
        turn.toRun = k;
        turn.toX = left;
        linker.turn(turn);
      }
      turn.from = FROM_BELOW_RIGHT;
      turn.fromRun = k;
      turn.fromX = right;
      turn.fromSaddle = false;
      open = right < end;
      if (right === end) linker.straightRight(i, k);
    }
    if (!open) continue;
    turn.to = TO_ABOVE_RIGHT;
    turn.toRun = i;
    turn.toX = end;
    linker.turn(turn);
  }
}

/** Top edges: where a run below has nothing of its value above it; they go left. */
function linkUpwards(above: RowRuns, below: RowRuns, linker: RowLinker): void {
  let first = 0;
  for (let k = 0; k < below.count; k += 1) {
    const start = below.start[k] as number;
    const end = below.end[k] as number;
    const value = below.value[k] as number;
    while (first < above.count && (above.end[first] as number) < start) first += 1;
    turn.to = TO_BELOW_LEFT;
    turn.toRun = k;
    turn.toX = start;
    turn.toSaddle = false;
    let open = true;
    turn.fromSaddle = false;
    for (let i = first; i < above.count && (above.start[i] as number) <= end; i += 1) {
      if (above.value[i] !== value) continue;
      const left = above.start[i] as number;
      const right = above.end[i] as number;
      if (right === start) {
        turn.toSaddle = true;
        continue;
      }
      if (left === end) {
        turn.fromSaddle = true;
        continue;
      }
      if (left > start) {
        turn.from = FROM_ABOVE_LEFT;
        turn.fromRun = i;
        turn.fromX = left;
        linker.turn(turn);
      }
      turn.to = TO_ABOVE_RIGHT;
      turn.toRun = i;
      turn.toX = right;
      turn.toSaddle = false;
      open = right < end;
    }
    if (!open) continue;
    turn.from = FROM_BELOW_RIGHT;
    turn.fromRun = k;
    turn.fromX = end;
    linker.turn(turn);
  }
}
