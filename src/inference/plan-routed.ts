import { intersectWindows, windowArea, type Window } from '../geo/window.ts';
import { borderPatches } from '../tiling/border-patches.ts';
import { CellModels } from '../tiling/cell-lattice.ts';
import { planChips } from '../tiling/plan-chips.ts';
import type { ScenePlan } from './plan-map.ts';
import type { CellRoute } from './region-router.ts';
import { coverRow, latticeRows, type RowRouting } from './route-row.ts';

/** A window that a model computes, and what it is there for. */
interface PlannedChip {
  readonly model: number;
  readonly core: Window;
  readonly input: Window;
}

/**
 * What a routed scene computes, where the codes of its chips are known before a pixel is read: the rectangles and strips
 * that the run will compute, as if all its ground held data.
 */
export function planRouted(
  { grid, tasks }: Pick<ScenePlan, 'grid' | 'tasks'>,
  routing: RowRouting,
  { routeOf, blendPixels }: { routeOf: (window: Window) => CellRoute | null; blendPixels: number },
): Pick<ScenePlan, 'chips' | 'pixelsComputed' | 'pixelsAsMono' | 'atLeast'> {
  const { models } = routing;
  const { corePixels } = routing.rule;
  const whole = { x: 0, y: 0, width: grid.width, height: grid.height };
  const cut = { corePixels, haloPixels: 0, blendPixels: 0, multiple: 1, fixed: null };
  const rows = latticeRows(
    planChips(grid, whole, cut).map(({ core }) => core),
    routing,
  );
  const cellModels = new CellModels();
  const rectangles: PlannedChip[] = rows.flatMap((row) => {
    const filled = row.chips.map(({ cells }) => cells);
    return coverRow(row, { filled, routeOf: ({ window }) => routeOf(window) }, routing, cellModels).chips;
  });
  const strips: PlannedChip[] =
    models.length > 1 && blendPixels > 0
      ? rows.flatMap(({ chips }) =>
          chips.flatMap((chip) => borderPatches(chip, cellModels, blendPixels, models)),
        )
      : [];
  const mono = models[0]?.cost ?? 1;
  let [chips, pixelsComputed, pixelsAsMono] = [0, 0, 0];
  for (const { window } of tasks) {
    const here = ({ core }: PlannedChip) => intersectWindows(core, window) !== null;
    const own = rectangles.filter(here);
    chips += own.length;
    for (const { model, input } of [...own, ...strips.filter(here)]) {
      pixelsComputed += windowArea(input);
      pixelsAsMono += (windowArea(input) * (models[model]?.cost ?? mono)) / mono;
    }
  }
  return { chips, pixelsComputed, pixelsAsMono, atLeast: false };
}
