import { intersectWindows, type Window } from '../geo/window.ts';

/** How chips are cut; all in grid pixels. */
export interface ChipRule {
  readonly corePixels: number;
  readonly haloPixels: number;
  /** Chips blend over this many pixels on both sides of a core edge; at most the halo. */
  readonly blendPixels: number;
  /** Input sides are multiples of this; so is the halo, which keeps every chip in phase with the network's pooling. */
  readonly multiple: number;
  /** The only input size the network takes, if it takes one only. */
  readonly fixed: { readonly height: number; readonly width: number } | null;
}

/** One chip of the scene-wide chip lattice, as one region needs it. Windows are on the scene's grid. */
export interface Chip {
  readonly column: number;
  readonly row: number;
  /** What the chip is there for; clipped to the grid. Cores of all chips tile the grid. */
  readonly core: Window;
  /** What the network reads: core and halo, rounded up to the multiple; hangs over the grid's edges. */
  readonly input: Window;
  /** The part of core plus blend band that lies in the region. */
  readonly keep: Window;
}

/**
 * The chips a region needs, row by row. The lattice is anchored at the grid's origin and knows nothing of regions: a
 * chip that two regions need is the same chip in both, so a map cannot depend on how it was cut into regions.
 */
export function planChips(
  grid: { readonly width: number; readonly height: number },
  region: Window,
  rule: ChipRule,
): Chip[] {
  checkRule(rule);
  const { corePixels: size, blendPixels: blend } = rule;
  const first = (start: number) => Math.max(0, Math.floor((start - blend) / size));
  const last = (end: number, limit: number) => Math.floor((Math.min(end + blend, limit) - 1) / size);
  const chips: Chip[] = [];
  for (let row = first(region.y); row <= last(region.y + region.height, grid.height); row += 1) {
    for (let column = first(region.x); column <= last(region.x + region.width, grid.width); column += 1) {
      const chip = planChip(grid, region, rule, { column, row });
      if (chip !== null) chips.push(chip);
    }
  }
  return chips;
}

function planChip(
  grid: { readonly width: number; readonly height: number },
  region: Window,
  rule: ChipRule,
  at: { column: number; row: number },
): Chip | null {
  const { corePixels: size, blendPixels: blend } = rule;
  const x = at.column * size;
  const y = at.row * size;
  const core = { x, y, width: Math.min(size, grid.width - x), height: Math.min(size, grid.height - y) };
  const reach = {
    x: x - blend,
    y: y - blend,
    width: core.width + 2 * blend,
    height: core.height + 2 * blend,
  };
  const keep = intersectWindows(reach, region);
  return keep === null ? null : { ...at, core, input: inputWindow(core, rule), keep };
}

function inputWindow(core: Window, rule: ChipRule): Window {
  const x = core.x - rule.haloPixels;
  const y = core.y - rule.haloPixels;
  if (rule.fixed !== null) return { x, y, width: rule.fixed.width, height: rule.fixed.height };
  const side = (length: number) => Math.ceil((length + 2 * rule.haloPixels) / rule.multiple) * rule.multiple;
  return { x, y, width: side(core.width), height: side(core.height) };
}

function checkRule(rule: ChipRule): void {
  if (
    rule.corePixels <= 0 ||
    rule.corePixels % rule.multiple !== 0 ||
    rule.haloPixels % rule.multiple !== 0
  ) {
    throw new RangeError(
      `core ${rule.corePixels} and halo ${rule.haloPixels} must be multiples of ${rule.multiple}`,
    );
  }
  if (rule.blendPixels > rule.haloPixels) {
    throw new RangeError(`a blend of ${rule.blendPixels} px is wider than the halo of ${rule.haloPixels} px`);
  }
  if (
    rule.fixed !== null &&
    rule.corePixels + 2 * rule.haloPixels > Math.min(rule.fixed.width, rule.fixed.height)
  ) {
    throw new RangeError(
      `core and halo do not fit the fixed input of ${rule.fixed.width}x${rule.fixed.height}`,
    );
  }
}
