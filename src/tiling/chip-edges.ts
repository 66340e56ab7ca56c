import type { Window } from '../geo/window.ts';
import type { Chip } from './plan-chips.ts';

/**
 * A stretch of the edge of a chip's core where another chip begins: between columns (or rows) `at - 1` and `at`, from
 * row (or column) `start` on. `side`: whether the chip lies before the edge or after it. The place alone tells which
 * two chips meet, since cores lie on a lattice.
 */
export interface ChipEdge {
  readonly axis: 'column' | 'row';
  readonly at: number;
  readonly start: number;
  readonly length: number;
  readonly side: 'before' | 'after';
  /** Number of the chip's model, where a map has several. */
  readonly model?: number | undefined;
}

/** What a chip predicts along an edge, for both pixels of each pair that the edge parts. */
export interface EdgeStrip extends ChipEdge {
  readonly channels: number;
  /** (length, 2, channels): probabilities in steps of 1 / PROBABILITY_STEPS, or NO_PREDICTION. */
  readonly values: Uint16Array;
}

/** Whole steps, so that sums do not depend on their order; 0.000015 each, and no bias on average. */
export const PROBABILITY_STEPS = 65534;
export const NO_PREDICTION = 65535;

/** Differences of probability, summed up over pixels that two chips predict. */
export interface SeamSum {
  readonly sum: number;
  readonly pixels: number;
}

export const NO_SEAM: SeamSum = { sum: 0, pixels: 0 };

/** Where two chips of one model meet, and where two models do. */
interface Meetings {
  readonly inside: SeamSum;
  readonly borders: SeamSum;
}

/** How far the chips are apart that meet, and the steps of the map itself from one side to the other. */
export interface Seams extends Meetings {
  readonly steps: Meetings;
}

const NO_MEETINGS: Meetings = { inside: NO_SEAM, borders: NO_SEAM };
export const NO_SEAMS: Seams = { ...NO_MEETINGS, steps: NO_MEETINGS };

const addMeetings = (a: Meetings, b: Meetings): Meetings => ({
  inside: addSeams(a.inside, b.inside),
  borders: addSeams(a.borders, b.borders),
});

/** Of two shares of a scene's edges together. */
export const joinSeams = (a: Seams, b: Seams): Seams => ({
  ...addMeetings(a, b),
  steps: addMeetings(a.steps, b.steps),
});

/** Adds what two chips that meet have between them; chips of two models blend over `blendPixels` on both sides. */
export function addMeeting(
  seams: Seams,
  [one, other]: readonly [EdgeStrip, EdgeStrip],
  blendPixels: number,
): Seams {
  const kind = one.model === other.model ? 'inside' : 'borders';
  const blend = kind === 'borders' ? blendPixels : 0;
  const step = addSeams(seams.steps[kind], stepBetween(one, other, blend));
  return {
    ...seams,
    [kind]: addSeams(seams[kind], seamBetween(one, other)),
    steps: { ...seams.steps, [kind]: step },
  };
}

export const addSeams = (a: SeamSum, b: SeamSum): SeamSum => ({
  sum: a.sum + b.sum,
  pixels: a.pixels + b.pixels,
});

/** Names the edge, whichever side it is seen from. */
export const edgeKey = ({ axis, at, start, length }: ChipEdge): string => `${axis},${at},${start},${length}`;

/**
 * Cuts an edge at the multiples of `cellPixels`, so that chips of different sizes have edges in common where they meet;
 * null leaves it whole.
 */
export function edgeSegments(edge: ChipEdge, cellPixels: number | null): ChipEdge[] {
  if (cellPixels === null) return [edge];
  const segments: ChipEdge[] = [];
  const end = edge.start + edge.length;
  for (let start = edge.start; start < end;) {
    const next = Math.min(end, (Math.floor(start / cellPixels) + 1) * cellPixels);
    segments.push({ ...edge, start, length: next - start });
    start = next;
  }
  return segments;
}

/**
 * The edges of a chip that a region has to do with: `inside` it, where both pixels of a pair are the region's, and on
 * its `border`, where only the one on the chip's side is. So each pair of the grid is inside one region, or on the
 * border of two, once from each side. Edges of the grid are none: nothing begins there.
 */
export function edgesOfChip(
  { core }: Pick<Chip, 'core'>,
  region: Window,
  grid: { readonly width: number; readonly height: number },
): { edge: ChipEdge; border: boolean }[] {
  const columns = { start: region.x, end: region.x + region.width };
  const rows = { start: region.y, end: region.y + region.height };
  const along = { column: common(rows, core.y, core.height), row: common(columns, core.x, core.width) };
  const sides = [
    { axis: 'column', side: 'after', at: core.x, span: columns, end: grid.width },
    { axis: 'column', side: 'before', at: core.x + core.width, span: columns, end: grid.width },
    { axis: 'row', side: 'after', at: core.y, span: rows, end: grid.height },
    { axis: 'row', side: 'before', at: core.y + core.height, span: rows, end: grid.height },
  ] as const;
  return sides.flatMap(({ axis, side, at, span, end }) => {
    const { start, length } = along[axis];
    const own = side === 'before' ? at - 1 : at;
    const other = side === 'before' ? at : at - 1;
    const holds = (pixel: number) => pixel >= span.start && pixel < span.end;
    if (length <= 0 || at <= 0 || at >= end || !holds(own)) return [];
    return [{ edge: { axis, side, at, start, length }, border: !holds(other) }];
  });
}

const common = (span: { start: number; end: number }, first: number, count: number) => {
  const start = Math.max(span.start, first);
  return { start, length: Math.min(span.end, first + count) - start };
};

/**
 * How far the two chips that meet at an edge are apart: total-variation distance of their class probabilities (half the
 * sum of absolute differences; with one sigmoid channel the difference itself), over the pixels that both predict.
 */
export function seamBetween(one: EdgeStrip, other: EdgeStrip): SeamSum {
  const { channels, values } = one;
  if (other.channels !== channels || other.values.length !== values.length) return { sum: 0, pixels: 0 };
  let steps = 0;
  let pixels = 0;
  for (let at = 0; at < values.length; at += channels) {
    if (values[at] === NO_PREDICTION || other.values[at] === NO_PREDICTION) continue;
    pixels += 1;
    for (let k = at; k < at + channels; k += 1) steps += Math.abs((values[k] ?? 0) - (other.values[k] ?? 0));
  }
  return { sum: steps / PROBABILITY_STEPS / (channels === 1 ? 1 : 2), pixels };
}

/**
 * The step that a map shows from the pixel before an edge to the one after it, each the blend of both chips (with a blend
 * of 0 each its own chip's); in the measure of `seamBetween`, a pair of pixels counting once.
 */
export function stepBetween(one: EdgeStrip, other: EdgeStrip, blendPixels: number): SeamSum {
  const [before, after] = one.side === 'before' ? [one, other] : [other, one];
  const { channels, values } = before;
  if (after.channels !== channels || after.values.length !== values.length) return NO_SEAM;
  const own = blendPixels === 0 ? 1 : 0.5 + 1 / (4 * blendPixels);
  let steps = 0;
  let pixels = 0;
  for (let at = 0; at < values.length; at += 2 * channels) {
    if (values[at] === NO_PREDICTION || after.values[at] === NO_PREDICTION) continue;
    pixels += 1;
    for (let k = at; k < at + channels; k += 1) {
      const first = own * (values[k] ?? 0) + (1 - own) * (after.values[k] ?? 0);
      const second = own * (after.values[k + channels] ?? 0) + (1 - own) * (values[k + channels] ?? 0);
      // Whole steps, as ever: sums must not depend on their order.
      steps += Math.round(Math.abs(second - first));
    }
  }
  return { sum: steps / PROBABILITY_STEPS / (channels === 1 ? 1 : 2), pixels };
}
