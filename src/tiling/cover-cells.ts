/** A rectangle of cells, counted in cells from the corner of what is covered, and the model that runs on it. */
export interface CellRectangle {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
  readonly model: number;
}

/** A cell that any model may take: it holds too little to have a say. */
export const ANY_MODEL = -1;
/** A cell without data, which needs no model, but may lie in a rectangle. */
export const NO_MODEL = -2;

export interface CellMosaic {
  readonly columns: number;
  readonly rows: number;
  /** (rows, columns): a model's number, ANY_MODEL or NO_MODEL. */
  readonly models: Int16Array;
  /** What it costs to have a cell computed by another model than it wants; left out: no cell may be. */
  readonly detour?: CellDetour;
}

/** Of a cell, counted row by row; in the unit of `CellCost`, and infinite where a cell must have the model it wants. */
export type CellDetour = (cell: number, model: number) => number;

/** What a rectangle of cells costs when a model runs on it, halo included; any unit. */
export type CellCost = (rectangle: CellRectangle) => number;

/**
 * Covers cells by rectangles of one model each, at the least cost that cuts from edge to edge can reach: the whole, or the
 * better of all ways to cut it in two, and so on. Every cell with a model lies in exactly one rectangle, of that model,
 * or of another that a cell beside it wants, where that and its `detour` cost less than a cut; those of `ANY_MODEL` in
 * one of whichever is cheapest, `fallback` where all cells are such. What holds no data throughout gets no rectangle.
 * Ties go to fewer cuts, then to the first one, and to the lowest model. For some dozens of cells: 4 x 4 take 100 steps,
 * 8 x 8 some thousand.
 */
export function coverCells(mosaic: CellMosaic, cost: CellCost, fallback: number): CellRectangle[] {
  return new Cover(mosaic, cost, fallback).best(0, 0, { columns: mosaic.columns, rows: mosaic.rows })
    .rectangles;
}

interface Covered {
  readonly cost: number;
  readonly rectangles: CellRectangle[];
}

interface Extent {
  readonly columns: number;
  readonly rows: number;
}

class Cover {
  readonly #mosaic: CellMosaic;
  readonly #cost: CellCost;
  readonly #fallback: number;
  readonly #known = new Map<string, Covered>();

  constructor(mosaic: CellMosaic, cost: CellCost, fallback: number) {
    this.#mosaic = mosaic;
    this.#cost = cost;
    this.#fallback = fallback;
  }

  best(column: number, row: number, extent: Extent): Covered {
    const key = `${column},${row},${extent.columns},${extent.rows}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let best = this.#whole(column, row, extent);
    // Nothing is cheaper than what holds no data.
    const cuts = best?.cost === 0 ? [] : this.#cuts(column, row, extent);
    for (const [first, second] of cuts) {
      const [a, b] = [this.best(...first), this.best(...second)];
      if (best === null || a.cost + b.cost < best.cost)
        best = { cost: a.cost + b.cost, rectangles: [...a.rectangles, ...b.rectangles] };
    }
    if (best === null) throw new Error('a cell of two models');
    this.#known.set(key, best);
    return best;
  }

  /** All cells in one rectangle, by the best model that one of them wants; null where they cannot agree on one. */
  #whole(column: number, row: number, extent: Extent): Covered | null {
    const cells: number[] = [];
    for (let y = row; y < row + extent.rows; y += 1)
      for (let x = column; x < column + extent.columns; x += 1) cells.push(y * this.#mosaic.columns + x);
    const wanted = new Set(cells.map((cell) => this.#mosaic.models[cell] ?? NO_MODEL));
    if (wanted.size === 1 && wanted.has(NO_MODEL)) return { cost: 0, rectangles: [] };
    const models = [...wanted].filter((model) => model >= 0).sort((a, b) => a - b);
    let best: Covered | null = null;
    for (const model of models.length === 0 ? [this.#fallback] : models) {
      const rectangle = { column, row, ...extent, model };
      const cost = this.#cost(rectangle) + this.#detours(cells, model);
      if (cost < (best?.cost ?? Number.POSITIVE_INFINITY)) best = { cost, rectangles: [rectangle] };
    }
    return best;
  }

  #detours(cells: readonly number[], model: number): number {
    const { models, detour } = this.#mosaic;
    return cells.reduce((sum, cell) => {
      const wanted = models[cell] ?? NO_MODEL;
      if (wanted < 0 || wanted === model) return sum;
      return sum + (detour?.(cell, model) ?? Number.POSITIVE_INFINITY);
    }, 0);
  }

  #cuts(
    column: number,
    row: number,
    { columns, rows }: Extent,
  ): [Parameters<Cover['best']>, Parameters<Cover['best']>][] {
    const cuts: [Parameters<Cover['best']>, Parameters<Cover['best']>][] = [];
    for (let at = 1; at < columns; at += 1) {
      const second = { columns: columns - at, rows };
      cuts.push([
        [column, row, { columns: at, rows }],
        [column + at, row, second],
      ]);
    }
    for (let at = 1; at < rows; at += 1) {
      const second = { columns, rows: rows - at };
      cuts.push([
        [column, row, { columns, rows: at }],
        [column, row + at, second],
      ]);
    }
    return cuts;
  }
}
