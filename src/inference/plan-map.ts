import { digestOf } from '../core/digest.ts';
import type { MapParameters, MapTask } from '../engine/protocol.ts';
import { windowArea } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import type { ModelCard } from '../model/card.ts';
import { planChips, type Chip, type ChipRule } from '../tiling/plan-chips.ts';
import { planRegions } from '../tiling/plan-regions.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import { sceneIdentity } from '../workspace/scene-identity.ts';
import type { SceneBand, SceneItem } from '../workspace/scene-record.ts';

/**
 * Raised whenever the same task would give other bytes than before: reading, resampling, normalising, decoding,
 * blending, encoding or the part file's form changed.
 */
export const MAP_CODE_VERSION = 2;

/** Which weights run: a model's variant, or the classifier that computes nothing (for measuring all the rest). */
export interface MapModel {
  /** null: the no-op classifier. */
  readonly card: ModelCard | null;
  /** Relative to the workspace. */
  readonly folder: string;
  readonly variant: MapTask['model']['variant'];
  readonly sha256: string;
}

/** Everything about one scene of a run that is known before a pixel is read. */
export interface ScenePlan {
  readonly scene: string;
  readonly grid: WorkingGrid;
  readonly tasks: readonly MapTask[];
  readonly chips: number;
  readonly pixelsComputed: number;
  readonly pixelsKept: number;
  /** Source pixels in the scene; each is read about once. */
  readonly pixelsRead: number;
}

/** How a model's chips are cut under given parameters. The no-op classifier takes any size. */
export const chipRule = (card: ModelCard | null, parameters: MapParameters): ChipRule => ({
  corePixels: parameters.corePixels,
  haloPixels: parameters.haloPixels,
  blendPixels: parameters.blendPixels,
  multiple: card?.input.multiple ?? 1,
  fixed: card?.input.fixed ?? null,
});

/** The chips of one task, in the order they are computed. */
export const chipsOfTask = (task: MapTask, grid: WorkingGrid, card: ModelCard | null): Chip[] =>
  planChips(grid, task.window, chipRule(card, task.parameters));

/** Plans one scene: its regions as tasks, and what they cost. `salt` tells runs apart that must not share results. */
export function planScene(
  scene: SceneItem,
  bands: readonly SceneBand[],
  model: MapModel,
  options: { parameters: MapParameters; regionPixels: number; salt: string | null },
): ScenePlan {
  const { parameters } = options;
  const grid = sceneGrid(scene, parameters.gsdMetres);
  const identity = {
    code: MAP_CODE_VERSION,
    ...sceneIdentity(scene, bands),
    ...modelIdentity(model),
    parameters,
    salt: options.salt,
  };
  const prefix = digestOf(identity);
  const tasks = planRegions(grid, options.regionPixels, parameters.blockPixels).map((window): MapTask => ({
    version: 1,
    kind: 'map-region',
    id: digestOf({ prefix, window }),
    scene: scene.id,
    bands: bands.map((band) => band.index),
    window,
    model: { folder: model.folder, variant: model.variant, sha256: model.sha256 },
    parameters,
  }));
  const chips = tasks.flatMap((task) => chipsOfTask(task, grid, model.card));
  const [height = 0, width = 0] = scene.properties['proj:shape'];
  return {
    scene: scene.id,
    grid,
    tasks,
    chips: chips.length,
    pixelsComputed: chips.reduce((sum, chip) => sum + windowArea(chip.input), 0),
    pixelsKept: grid.width * grid.height,
    pixelsRead: width * height,
  };
}

/** What of a model decides the map: its weights and the part of the card that inference follows. */
function modelIdentity({ card, variant, sha256 }: MapModel) {
  if (card === null) return { variant };
  const { classes, background, output, normalisation, input } = card;
  return { variant, sha256, classIds: classes.map((c) => c.id), background, output, normalisation, input };
}
