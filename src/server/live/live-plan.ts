import type { WorkingGrid } from '../../geo/working-grid.ts';
import type { MapTask } from '../../engine/protocol.ts';
import type { Window } from '../../geo/window.ts';
import type { LayerSpec } from '../../mosaic/layer.ts';

/** What is to be predicted where. */
export interface LiveRequest {
  readonly application: string;
  /** mono, a model's id, gallery, or the id of a gallery of models. */
  readonly model: string;
  readonly scene: string;
}

/** A scene cut into regions of about one chip each, which are mapped when somebody looks at them. */
export interface LivePlan {
  readonly scene: string;
  /** Of the model, or of the gallery of models. */
  readonly modelId: string;
  /** Changes with everything that decides a pixel. */
  readonly digest: string;
  readonly grid: WorkingGrid;
  /** The grid's CRS. */
  readonly wkt: string;
  readonly regionPixels: number;
  /** Row by row; as many as fit the grid. */
  readonly tasks: readonly MapTask[];
  readonly layers: readonly LayerSpec[];
}

/** The regions that a window of the grid meets, row by row. */
export function tasksIn({ grid, regionPixels, tasks }: LivePlan, window: Window): MapTask[] {
  const columns = Math.ceil(grid.width / regionPixels);
  const first = (start: number) => Math.max(0, Math.floor(start / regionPixels));
  const last = (end: number, size: number) => Math.floor((Math.min(end, size) - 1) / regionPixels);
  const found: MapTask[] = [];
  for (let row = first(window.y); row <= last(window.y + window.height, grid.height); row += 1) {
    for (let column = first(window.x); column <= last(window.x + window.width, grid.width); column += 1) {
      const task = tasks[row * columns + column];
      if (task !== undefined) found.push(task);
    }
  }
  return found;
}
