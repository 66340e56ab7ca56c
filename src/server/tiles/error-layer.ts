import { buildCategories, NO_CATEGORY } from '../../evaluation/categories.ts';
import { OUTCOMES, outcomeOf, type Outcome } from '../../evaluation/report/paint.ts';
import { scaleAffine } from '../../geo/affine.ts';
import type { Window } from '../../geo/window.ts';
import type { WorkingGrid } from '../../geo/working-grid.ts';
import type { SceneLabels } from '../../labels/scene-labels.ts';
import { NO_CLASS } from '../../model/class-record.ts';
import type { Application } from '../../workspace/application-record.ts';
import type { RasterSource, SourceLevel } from './raster-source.ts';
import type { Subject } from './subject.ts';

/** The layer of a map that is no file: what became of each labelled pixel, worked out from its classes and the labels. */
export const ERROR_LAYER = 'error';

const NAMES = Object.keys(OUTCOMES) as Outcome[];
/** 0: right background, and what cannot be judged. */
const valueOf = (outcome: Outcome | null): number => (outcome === null ? 0 : NAMES.indexOf(outcome) + 1);

export const ERROR_SUBJECT: Subject = {
  kind: 'classes',
  legend: NAMES.map((name) => ({
    value: valueOf(name),
    label: OUTCOMES[name].text,
    color: OUTCOMES[name].colour,
  })),
};

/** Lends the labels of a scene on a grid of the map's extent. */
export type LendLabels = (
  grid: WorkingGrid,
  work: (labels: SceneLabels) => Promise<Uint8Array>,
) => Promise<Uint8Array>;

/** The errors of a map, level by level: the labels are laid on the grid of each. */
export function errorRaster(
  map: RasterSource,
  { application, grid, lend }: { application: Application; grid: WorkingGrid; lend: LendLabels },
): RasterSource {
  const { indexOf, firstClass } = buildCategories(application.classes, application.background);
  const outcomes = Uint8Array.from({ length: 256 * 256 }, (_, pair) => {
    const [label = NO_CATEGORY, given = NO_CATEGORY] = [indexOf[pair >> 8], indexOf[pair & 255]];
    return valueOf(outcomeOf(label, given, firstClass));
  });
  return {
    frame: map.frame,
    levels: map.levels,
    async read(level, window) {
      const classes = await map.read(level, window, [1]);
      const labels = await lend(levelGrid(grid, map.levels[level]), (open) => open.rasterise(window));
      return { bands: [judge(outcomes, labels, classes.bands[0], window)], valid: classes.valid };
    },
  };
}

function judge(
  outcomes: Uint8Array,
  labels: Uint8Array,
  classes: ArrayLike<number> | undefined,
  window: Window,
): Uint8Array {
  const out = new Uint8Array(window.width * window.height);
  for (let i = 0; i < out.length; i++)
    out[i] = outcomes[((labels[i] ?? NO_CLASS) << 8) | (classes?.[i] ?? NO_CLASS)] ?? 0;
  return out;
}

/** The grid of a level of a map's pyramid. */
function levelGrid(grid: WorkingGrid, level: SourceLevel | undefined): WorkingGrid {
  if (level === undefined || level.width === grid.width) return grid;
  const [x, y] = [grid.width / level.width, grid.height / level.height];
  return {
    width: level.width,
    height: level.height,
    scaleX: grid.scaleX * x,
    scaleY: grid.scaleY * y,
    transform: scaleAffine(grid.transform, x, y),
    gsdMetres: grid.gsdMetres * Math.sqrt(x * y),
  };
}
