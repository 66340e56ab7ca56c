import type { MapTask, MapTaskReport } from '../engine/protocol.ts';
import { NO_SEAMS, type Seams } from '../tiling/chip-edges.ts';

/** How far a scene of a run is. */
export interface SceneState {
  readonly tasks: MapTask[];
  readonly reports: Map<string, MapTaskReport>;
  /** Of the chip edges between regions; known once the scene is published. */
  seams: Seams;
  /** Tasks whose outcome is not known yet, those of the assembly too. */
  open: number;
  /** Its assembly is done in several tasks, none of which failed: once nothing is open it is sealed. */
  toSeal: boolean;
}

/** What a published map consists of. */
export interface PublishedMap {
  readonly layers: Record<string, string>;
  readonly item: string;
}

/** What came of the assembly of a scene, or of one of its tasks. */
export interface PublishedScene {
  /** null: of a share. */
  readonly map: PublishedMap | null;
  /** Of the chip edges between its regions, or of the share's; none of the seal. */
  readonly seams: Seams;
}

/** The scenes of some tasks, in the tasks' order, with nothing done. */
export function sceneStates(tasks: readonly MapTask[]): Map<string, SceneState> {
  const states = new Map<string, SceneState>();
  for (const task of tasks) {
    const state: SceneState = states.get(task.scene) ?? {
      tasks: [],
      reports: new Map(),
      seams: NO_SEAMS,
      open: 0,
      toSeal: false,
    };
    state.tasks.push(task);
    states.set(task.scene, state);
  }
  return states;
}

/** Regions that have no report yet. */
export const outstandingTasks = (states: Iterable<SceneState>): MapTask[] =>
  [...states].flatMap(({ tasks, reports }) => tasks.filter((task) => !reports.has(task.id)));
