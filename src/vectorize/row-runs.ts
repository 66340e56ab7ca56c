/**
 * One row's maximal runs of equal value, from left to right, of wanted values only: columns [start, end). Two runs of
 * one value never touch..
 */
export interface RowRuns {
  count: number;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly value: Uint8Array;
  /** Label of the run's 4-connected part. */
  readonly part: Int32Array;
}

/** Room for the runs of a row of `width` pixels. */
export const newRowRuns = (width: number): RowRuns => ({
  count: 0,
  start: new Int32Array(width),
  end: new Int32Array(width),
  value: new Uint8Array(width),
  part: new Int32Array(width),
});

/** Finds the runs of the row that begins at `from`; `wanted` has 1 at values that become objects. */
export function findRuns(
  pixels: Uint8Array,
  [from, width]: readonly [from: number, width: number],
  wanted: Uint8Array,
  runs: RowRuns,
): void {
  const { start, end, value } = runs;
  const stop = from + width;
  let count = 0;
  for (let at = from; at < stop;) {
    const here = pixels[at] as number;
    let next = at + 1;
    while (next < stop && pixels[next] === here) next += 1;
    if (wanted[here] === 1) {
      start[count] = at - from;
      end[count] = next - from;
      value[count] = here;
      count += 1;
    }
    at = next;
  }
  runs.count = count;
}
