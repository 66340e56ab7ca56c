import { growWindow, type Window } from '../geo/window.ts';
import type { ModelCard } from '../model/card.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';
import {
  latticeChip,
  latticeReach,
  routeLatticeChip,
  type Cell,
  type CellModels,
  type CellRule,
  type LatticeChip,
  type RoutedChip,
  type RoutedModelRule,
  type SecondModel,
} from '../tiling/cell-lattice.ts';
import { ANY_MODEL, NO_MODEL } from '../tiling/cover-cells.ts';
import { anyValid } from './any-valid.ts';
import type { CellRoute, GalleryChipPlace, RegionRouter } from './region-router.ts';

/** A row of lattice chips, and the window that holds all that it may read. */
export interface LatticeRow {
  readonly window: Window;
  readonly chips: readonly LatticeChip[];
}

/** A cell with data, and what its chip's code says; null where there was too little data for a code. */
export interface RoutedCell extends Cell {
  readonly route: CellRoute | null;
  /** Whether another model than its bucket's maps it. */
  readonly yields: boolean;
}

/** A chip to compute; one that does not paint is computed for cells between two buckets, as what their second model says. */
export interface RowChip extends RoutedChip {
  readonly paints: boolean;
}

/** What a row's cells show, and the chips to compute: those of one model together, then row by row. */
export interface RoutedRow {
  readonly cells: readonly RoutedCell[];
  readonly chips: readonly RowChip[];
}

export interface RowRouting {
  readonly rule: CellRule;
  readonly models: readonly RoutedModelRule[];
  /** The model of each bucket. */
  readonly modelOfBucket: readonly number[];
  /** Cells of a smaller margin have two models; 0: none have. */
  readonly softBits: number;
  /** A cell goes to a model whose bucket is so many bits farther where that saves a cell's arithmetic; 0: none does. */
  readonly yieldBits: number;
  readonly router: RegionRouter;
}

/** One of the models of a routed map. */
export interface RegionModel {
  readonly card: ModelCard;
  readonly haloPixels: number;
  readonly cost: number;
}

/** What of a routing decides which model computes which cell. */
export interface RoutingRules {
  /** The first is Mono. All give the same classes from the same bands. */
  readonly models: readonly RegionModel[];
  /** The model of each bucket. */
  readonly modelOfBucket: readonly number[];
  /** Ground of a smaller margin, in bits, is mapped by the models of two buckets; 0: none is. */
  readonly softBits: number;
  /** Bits of distance that a cell's arithmetic is worth: see `detourBits`; 0: every cell has its own bucket's model. */
  readonly yieldBits: number;
  readonly cellPixels: number;
}

/** How a scene's rows are routed. */
export const rowRouting = (
  { models, cellPixels, modelOfBucket, softBits, yieldBits }: RoutingRules,
  { grid, corePixels }: Pick<CellRule, 'grid' | 'corePixels'>,
  router: RegionRouter,
): RowRouting => ({
  rule: { grid, cellPixels, corePixels },
  models: models.map(({ card, haloPixels, cost }) => ({ ...card.input, haloPixels, cost })),
  modelOfBucket,
  softBits,
  yieldBits,
  router,
});

/** What the second-nearest bucket has to say in a cell: a half at a margin of 0, nothing from `softBits` on. */
const secondShare = (margin: number, softBits: number): number =>
  margin < softBits ? (1 - margin / softBits) / 2 : 0;

/**
 * Bits by which a known cell is farther from the nearest bucket of a model than from its own: what is lost by mapping it
 * with that model. Mono, the first, is taken to suit it no worse than the second-nearest bucket's model.
 */
function detourBits(
  { bits, distance, margin }: CellRoute,
  model: number,
  modelOfBucket: readonly number[],
): number {
  const most = model === 0 ? margin : Number.POSITIVE_INFINITY;
  const farther = bits.filter((_, bucket) => modelOfBucket[bucket] === model).map((one) => one - distance);
  return Math.min(most, ...farther);
}

/** The rows of lattice chips with these cores, which come row by row. */
export function latticeRows(cores: readonly Window[], { rule, models, router }: RowRouting): LatticeRow[] {
  const rows = new Map<number, { window: Window; chips: LatticeChip[] }>();
  for (const core of cores) {
    const reach = around(latticeReach(core, models), growWindow(core, router.reachPixels));
    const row = rows.get(core.y);
    rows.set(core.y, {
      window: row === undefined ? reach : around(row.window, reach),
      chips: [...(row?.chips ?? []), latticeChip(core, rule)],
    });
  }
  // The strips of a region have the same columns.
  const all = [...rows.values()];
  const x = Math.min(...all.map(({ window }) => window.x));
  const end = Math.max(...all.map(({ window }) => window.x + window.width));
  return all.map((row) => ({ ...row, window: { ...row.window, x, width: end - x } }));
}

function around(a: Window, b: Window): Window {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/**
 * Routes a row of lattice chips from its pixels: the code of every cell's chip, the model its bucket goes to (Mono where
 * it is unknown), or one beside it where that saves more arithmetic than it is off (`yieldBits`), and the rectangles of
 * cells that are computed together. Enters each cell's models in `into`.
 */
export async function routeRow(
  row: LatticeRow,
  block: PixelBlock,
  routing: RowRouting,
  into: CellModels,
): Promise<RoutedRow> {
  const { router } = routing;
  const filled = row.chips.map(({ cells }) => cells.filter(({ window }) => anyValid(block, window)));
  const places = filled.flat().map(({ window }) => router.chipAt(window));
  const distinct = new Map(places.map((place) => [nameOf(place), place]));
  const found = await router.route(block, [...distinct.values()]);
  const routes = new Map([...distinct.keys()].map((name, i) => [name, found[i] ?? null]));
  const routeOf = ({ window }: Cell) => routes.get(nameOf(router.chipAt(window))) ?? null;
  return coverRow(row, { filled, routeOf }, routing, into);
}

/** As `routeRow`, where it is known of each chip which cells hold data (`filled`), and what their codes say. */
export function coverRow(
  row: LatticeRow,
  { filled, routeOf }: { filled: readonly (readonly Cell[])[]; routeOf: (cell: Cell) => CellRoute | null },
  { rule, models, modelOfBucket, softBits, yieldBits }: Omit<RowRouting, 'router'>,
  into: CellModels,
): RoutedRow {
  const wants = (route: CellRoute | null) =>
    route === null ? ANY_MODEL : route.unknown ? 0 : (modelOfBucket[route.bucket] ?? 0);
  const secondOf = (route: CellRoute | null, own: number): SecondModel | null => {
    if (route === null || route.unknown || own !== wants(route)) return null;
    const share = secondShare(route.margin, softBits);
    const model = modelOfBucket[route.second] ?? 0;
    return share === 0 || model === own ? null : { model, share };
  };
  const chips = row.chips.flatMap((chip, i): RowChip[] => {
    const holds = new Set(filled[i]);
    const wanted = Int16Array.from(chip.cells, (cell) => (holds.has(cell) ? wants(routeOf(cell)) : NO_MODEL));
    const detour = (at: number, model: number) => {
      const cell = chip.cells[at];
      const route = cell === undefined ? null : routeOf(cell);
      if (route === null || route.unknown) return Number.POSITIVE_INFINITY;
      const bits = detourBits(route, model, modelOfBucket);
      return (bits / yieldBits) * rule.cellPixels ** 2 * (models[wants(route)]?.cost ?? 1);
    };
    const first = routeLatticeChip(chip, models, wanted, yieldBits === 0 ? undefined : detour);
    for (const { cells, model } of first)
      for (const cell of cells) if (holds.has(cell)) into.set(cell, model, secondOf(routeOf(cell), model));
    const seconds = Int16Array.from(chip.cells, (cell) => into.secondAt(cell)?.model ?? NO_MODEL);
    return [
      ...first.map((one) => ({ ...one, paints: true })),
      ...routeLatticeChip(chip, models, seconds).map((one) => ({ ...one, paints: false })),
    ];
  });
  const cells = filled.flat().map((cell): RoutedCell => {
    const route = routeOf(cell);
    return { ...cell, route, yields: route !== null && into.at(cell.column, cell.row) !== wants(route) };
  });
  return { cells, chips: chips.sort(byModelThenPlace) };
}

/** A row's chips, those of each model together. */
export function chipsByModel({ chips }: RoutedRow): RowChip[][] {
  const groups: RowChip[][] = [];
  for (const chip of chips) {
    const last = groups.at(-1);
    if (last?.[0]?.model === chip.model) last.push(chip);
    else groups.push([chip]);
  }
  return groups;
}

const nameOf = ({ column, row }: GalleryChipPlace): string => `${column},${row}`;

const byModelThenPlace = (a: RoutedChip, b: RoutedChip): number =>
  a.model - b.model || a.core.y - b.core.y || a.core.x - b.core.x;
