import type { Window } from '../geo/window.ts';
import type { Cell, CellModels, LatticeChip, RoutedModelRule } from './cell-lattice.ts';
import { NO_MODEL } from './cover-cells.ts';

/** A neighbouring cell: -1, 0 or 1 columns and rows on; both 0 is the cell itself. */
export interface Step {
  readonly column: number;
  readonly row: number;
}

/** The neighbour of a cell. */
export const stepFrom = (cell: Step, { column, row }: Step): Step => ({
  column: cell.column + column,
  row: cell.row + row,
});

/**
 * A strip along the inner side of a lattice chip's edge, computed by a model of the cells beyond it: what they have to
 * say about the chip's pixels.
 */
export interface BorderPatch {
  readonly model: number;
  /** The strip: the blend wide, and as long as any cell along it hears the model. */
  readonly core: Window;
  readonly input: Window;
  /** The chip's cells along it, and the steps from each to the cells that speak by this patch. */
  readonly cells: readonly { readonly cell: Cell; readonly steps: readonly Step[] }[];
}

interface Side {
  /** The cells along it, in order, and the steps across it; those across a corner belong to the rows above and below. */
  readonly cells: readonly Cell[];
  readonly stepsOf: (cell: Cell) => readonly Step[];
  readonly strip: (first: Window, last: Window) => Window;
  /** The way from the edge into the chip. */
  readonly inward: Step;
}

/**
 * The patches of a lattice chip: where a cell beyond its edge has a model that the cell inside has not, that model computes
 * the strip in which both blend. So chips of the lattice need nothing of each other but to know which model is where, and
 * regions compute nothing twice; the chip beyond, with all its ground, is not run for the sake of a strip.
 */
export function borderPatches(
  chip: LatticeChip,
  models: CellModels,
  blendPixels: number,
  rules: readonly RoutedModelRule[],
): BorderPatch[] {
  return sidesOf(chip, blendPixels).flatMap((side) => {
    const patches: BorderPatch[] = [];
    for (let model = 0; model < rules.length; model += 1) {
      const rule = rules[model];
      for (const cells of runsOf(side, model, models)) {
        const [first, last] = [cells[0], cells.at(-1)];
        if (first === undefined || last === undefined || rule === undefined) continue;
        const core = withoutIdleEnds(side.strip(first.cell.window, last.cell.window), {
          first,
          last,
          blendPixels,
          along: side.inward.row === 0 ? 'row' : 'column',
        });
        patches.push({ model, core, input: patchInput(core, side.inward, rule), cells });
      }
    }
    return patches;
  });
}

/** Cells one after the other beyond which lies that model, and not in them. */
function runsOf(side: Side, model: number, models: CellModels): BorderPatch['cells'][] {
  const runs: { cell: Cell; steps: Step[] }[][] = [];
  let open = false;
  for (const cell of side.cells) {
    const own = models.at(cell.column, cell.row);
    const speaks = (step: Step) => models.shareOf(model, stepFrom(cell, step)) > 0;
    const silent = own === NO_MODEL || models.shareOf(model, cell) > 0;
    const steps = silent ? [] : side.stepsOf(cell).filter(speaks);
    if (steps.length === 0) open = false;
    else if (open) runs.at(-1)?.push({ cell, steps });
    else {
      runs.push([{ cell, steps }]);
      open = true;
    }
  }
  return runs;
}

function sidesOf({ core, columns, rows, cells }: LatticeChip, blend: number): Side[] {
  const row = (at: number) => cells.slice(at * columns, (at + 1) * columns);
  const column = (at: number) => cells.filter((_, i) => i % columns === at);
  const [top, bottom] = [cells[0]?.row ?? 0, (cells[0]?.row ?? 0) + rows - 1];
  const across = (step: number) => () => [-1, 0, 1].map((side) => ({ column: side, row: step }));
  const beside = (step: number) => (cell: Cell) =>
    [-1, 0, 1]
      .filter((side) => cell.row + side >= top && cell.row + side <= bottom)
      .map((side) => ({ column: step, row: side }));
  const high = Math.min(blend, core.height);
  const wide = Math.min(blend, core.width);
  const along = (first: Window, last: Window) => ({ x: first.x, width: last.x + last.width - first.x });
  const down = (first: Window, last: Window) => ({ y: first.y, height: last.y + last.height - first.y });
  return [
    {
      cells: row(0),
      stepsOf: across(-1),
      strip: (first, last) => ({ ...along(first, last), y: core.y, height: high }),
      inward: { column: 0, row: 1 },
    },
    {
      cells: row(rows - 1),
      stepsOf: across(1),
      strip: (first, last) => ({ ...along(first, last), y: core.y + core.height - high, height: high }),
      inward: { column: 0, row: -1 },
    },
    {
      cells: column(0),
      stepsOf: beside(-1),
      strip: (first, last) => ({ ...down(first, last), x: core.x, width: wide }),
      inward: { column: 1, row: 0 },
    },
    {
      cells: column(columns - 1),
      stepsOf: beside(1),
      strip: (first, last) => ({ ...down(first, last), x: core.x + core.width - wide, width: wide }),
      inward: { column: -1, row: 0 },
    },
  ];
}

/** A strip less what its end cells do not hear: those that meet a cell beyond at a corner only hear it in that corner. */
function withoutIdleEnds(
  strip: Window,
  {
    first,
    last,
    blendPixels,
    along,
  }: {
    first: BorderPatch['cells'][number];
    last: BorderPatch['cells'][number];
    blendPixels: number;
    along: keyof Step;
  },
): Window {
  const [at, length] = along === 'column' ? (['x', 'width'] as const) : (['y', 'height'] as const);
  const idle = ({ cell, steps }: BorderPatch['cells'][number], towards: number) =>
    steps.every((step) => step[along] === towards) ? Math.max(0, cell.window[length] - blendPixels) : 0;
  const [before, after] = [idle(first, 1), idle(last, -1)];
  return { ...strip, [at]: strip[at] + before, [length]: strip[length] - before - after };
}

/**
 * The strip with its halo, in phase with the network's pooling. Into the chip it reaches a halo from the edge, as a chip
 * beyond the edge would: what is said farther in counts less and less.
 */
function patchInput(core: Window, inward: Step, rule: RoutedModelRule): Window {
  const { fixed } = rule;
  const across = patchSpan(core.x, core.width, { inward: inward.column, ...rule });
  const down = patchSpan(core.y, core.height, { inward: inward.row, ...rule });
  const [x, y] = [across.start, down.start];
  return { x, y, width: fixed?.width ?? across.length, height: fixed?.height ?? down.length };
}

/** `inward`: 1 and -1 where the edge is at the strip's start or end, else 0. */
function patchSpan(
  from: number,
  length: number,
  { inward, haloPixels, multiple }: RoutedModelRule & { readonly inward: number },
): { start: number; length: number } {
  const to = from + length;
  const first = inward < 0 ? Math.min(from, to - haloPixels) : from - haloPixels;
  const end = inward > 0 ? Math.max(to, from + haloPixels) : to + haloPixels;
  const start = Math.floor(first / multiple) * multiple;
  return { start, length: Math.ceil((end - start) / multiple) * multiple };
}
