import type { Window } from '../geo/window.ts';
import { coverCells, NO_MODEL, type CellDetour, type CellRectangle } from './cover-cells.ts';

/** How a grid is routed: in cells, several of which make a chip of the lattice. */
export interface CellRule {
  readonly grid: { readonly width: number; readonly height: number };
  /** Side of a cell in grid pixels; divides `corePixels`. */
  readonly cellPixels: number;
  readonly corePixels: number;
}

/** How the chips of one model are cut. */
export interface RoutedModelRule {
  readonly haloPixels: number;
  readonly multiple: number;
  readonly fixed: { readonly height: number; readonly width: number } | null;
  /** Of a pixel's arithmetic. */
  readonly cost: number;
}

/** One cell of the grid; columns and rows count from the grid's corner. */
export interface Cell {
  readonly column: number;
  readonly row: number;
  /** Clipped to the grid. */
  readonly window: Window;
}

/** A rectangle of cells that one model computes. */
export interface RoutedChip {
  readonly model: number;
  /** Clipped to the grid. */
  readonly core: Window;
  readonly input: Window;
  readonly cells: readonly Cell[];
}

/** A chip of the lattice: what is routed as a whole. */
export interface LatticeChip {
  readonly core: Window;
  readonly columns: number;
  readonly rows: number;
  /** Row by row. */
  readonly cells: readonly Cell[];
}

/** The cells of the lattice chip whose core this is. */
export function latticeChip(core: Window, { grid, cellPixels }: CellRule): LatticeChip {
  const columns = Math.ceil(core.width / cellPixels);
  const rows = Math.ceil(core.height / cellPixels);
  const first = { column: core.x / cellPixels, row: core.y / cellPixels };
  const cells = Array.from({ length: columns * rows }, (_, i) =>
    cellAt(first.column + (i % columns), first.row + Math.floor(i / columns), { grid, cellPixels }),
  );
  return { core, columns, rows, cells };
}

/** The cell of that column and row. */
export function cellAt(
  column: number,
  row: number,
  { grid, cellPixels }: Omit<CellRule, 'corePixels'>,
): Cell {
  const [x, y] = [column * cellPixels, row * cellPixels];
  const [width, height] = [Math.min(cellPixels, grid.width - x), Math.min(cellPixels, grid.height - y)];
  return { column, row, window: { x, y, width, height } };
}

/**
 * Which rectangles of a lattice chip run on which model, for the models that its cells want and what detours cost, in
 * arithmetic (see `coverCells`); Mono, the first, where no cell has a say. A function of the lattice chip alone, so a map
 * does not depend on its regions.
 */
export function routeLatticeChip(
  chip: LatticeChip,
  models: readonly RoutedModelRule[],
  wanted: Int16Array,
  detour?: CellDetour,
): RoutedChip[] {
  const { columns, rows } = chip;
  const planned = (rectangle: CellRectangle) => routedChip(chip, rectangle, models);
  const cost = (rectangle: CellRectangle) => {
    const { width, height } = planned(rectangle).input;
    return width * height * (models[rectangle.model]?.cost ?? 1);
  };
  const mosaic = { columns, rows, models: wanted, ...(detour === undefined ? {} : { detour }) };
  return coverCells(mosaic, cost, 0).map(planned);
}

function routedChip(
  { cells, columns }: LatticeChip,
  rectangle: CellRectangle,
  models: readonly RoutedModelRule[],
): RoutedChip {
  const own: Cell[] = [];
  for (let row = rectangle.row; row < rectangle.row + rectangle.rows; row += 1) {
    const start = row * columns + rectangle.column;
    own.push(...cells.slice(start, start + rectangle.columns));
  }
  const [first, last] = [own[0], own.at(-1)];
  const rule = models[rectangle.model];
  if (first === undefined || last === undefined || rule === undefined)
    throw new RangeError(`no cells or no model ${rectangle.model}`);
  const { x, y } = first.window;
  const core = {
    x,
    y,
    width: last.window.x + last.window.width - x,
    height: last.window.y + last.window.height - y,
  };
  return { model: rectangle.model, core, input: inputOf(core, rule), cells: own };
}

function inputOf(core: Window, { haloPixels, multiple, fixed }: RoutedModelRule): Window {
  const [x, y] = [core.x - haloPixels, core.y - haloPixels];
  if (fixed !== null) return { x, y, width: fixed.width, height: fixed.height };
  const side = (length: number) => Math.ceil((length + 2 * haloPixels) / multiple) * multiple;
  return { x, y, width: side(core.width), height: side(core.height) };
}

/** What any rectangle of a lattice chip, or patch at its edge, may read: its core with the widest halo, and what inputs are rounded up to. */
export function latticeReach(core: Window, models: readonly RoutedModelRule[]): Window {
  const halo = Math.max(...models.map(({ haloPixels }) => haloPixels));
  const beyond = (fixed: number | undefined, { haloPixels, multiple }: RoutedModelRule) =>
    fixed === undefined ? haloPixels + multiple - 1 : Math.max(haloPixels, fixed - haloPixels);
  const right = Math.max(...models.map((rule) => beyond(rule.fixed?.width, rule)));
  const bottom = Math.max(...models.map((rule) => beyond(rule.fixed?.height, rule)));
  return {
    x: core.x - halo,
    y: core.y - halo,
    width: halo + core.width + right,
    height: halo + core.height + bottom,
  };
}

/** A model beside a cell's own, and its say there: above 0, at most a half. */
export interface SecondModel {
  readonly model: number;
  readonly share: number;
}

/** Which model computes each cell that has been routed so far, and which other one has a say in it. */
export class CellModels {
  readonly #models = new Map<string, { readonly model: number; readonly second: SecondModel | null }>();

  set({ column, row }: Pick<Cell, 'column' | 'row'>, model: number, second: SecondModel | null = null): void {
    this.#models.set(`${column},${row}`, { model, second });
  }

  /** The cell's own model; NO_MODEL where there is no data, or no grid. */
  at(column: number, row: number): number {
    return this.#models.get(`${column},${row}`)?.model ?? NO_MODEL;
  }

  /** The model beside it; null where it has none. */
  secondAt({ column, row }: Pick<Cell, 'column' | 'row'>): SecondModel | null {
    return this.#models.get(`${column},${row}`)?.second ?? null;
  }

  /** How much a model has to say in a cell: 1 where it is the only one, 0 where it has no say. */
  shareOf(model: number, { column, row }: Pick<Cell, 'column' | 'row'>): number {
    const second = this.secondAt({ column, row });
    if (this.at(column, row) === model) return 1 - (second?.share ?? 0);
    return second?.model === model ? second.share : 0;
  }
}
