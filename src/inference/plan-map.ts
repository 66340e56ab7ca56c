import { digestOf } from '../core/digest.ts';
import type { MapParameters, MapTask } from '../engine/protocol.ts';
import { windowArea } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import type { ModelCard } from '../model/card.ts';
import { planChips, type Chip, type ChipRule } from '../tiling/plan-chips.ts';
import { planRegions } from '../tiling/plan-regions.ts';
import type { Routing } from '../workspace/routing-record.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import { sceneIdentity } from '../workspace/scene-identity.ts';
import type { SceneBand, SceneItem } from '../workspace/scene-record.ts';

/**
 * Raised whenever the same task would give other bytes than before: reading, resampling, normalising, decoding,
 * blending, encoding or the part file's form changed.
 */
export const MAP_CODE_VERSION = 4;

/** Which weights run: a model's variant, or the classifier that computes nothing (for measuring all the rest). */
export interface MapModel {
  /** null: the no-op classifier. */
  readonly card: ModelCard | null;
  /** Relative to the workspace. */
  readonly folder: string;
  readonly variant: MapTask['model']['variant'];
  readonly sha256: string;
  /** Where several models are chosen from; the model itself is Mono then. */
  readonly routed?: RoutedModels | undefined;
}

/** The models of a routed map. */
export interface RoutedModels {
  readonly digest: string;
  readonly routing: Routing;
  /** Of each model of the routing. */
  readonly cards: readonly ModelCard[];
}

/**
 * Raised whenever the same routed task would give other bytes than before for reasons of its own: cells, rectangles,
 * blending at borders, routes.
 */
const ROUTING_CODE_VERSION = 4;

/** Everything about one scene of a run that is known before a pixel is read. */
export interface ScenePlan {
  readonly scene: string;
  readonly grid: WorkingGrid;
  readonly tasks: readonly MapTask[];
  readonly chips: number;
  readonly pixelsComputed: number;
  /** The same arithmetic in pixels of the one model, or of Mono. */
  readonly pixelsAsMono: number;
  /** Of a routed map whose cells' models are not known before it runs: it computes this much if all are of one. */
  readonly atLeast: boolean;
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

/** The chips of one task, in the order they are computed; of a routed one, the least: as if all its ground were one bucket's. */
export const chipsOfTask = (task: MapTask, grid: WorkingGrid, card: ModelCard | null): Chip[] => {
  const rule = chipRule(card, task.parameters);
  return planChips(grid, task.window, task.routing === undefined ? rule : { ...rule, blendPixels: 0 });
};

/** Plans one scene: its regions as tasks, and what they cost. `salt` tells runs apart that must not share results. */
export function planScene(
  scene: SceneItem,
  bands: readonly SceneBand[],
  model: MapModel,
  options: {
    parameters: MapParameters;
    regionPixels: number;
    salt: string | null;
    /** Of routed maps: bands as the encoder wants them, and how many models may be open at once [all]. */
    encoderBands?: readonly SceneBand[];
    openModels?: number;
    /** Of routed maps: digest of the codes that the image gallery has of the scene; null where they are made anew. */
    codes?: string | null;
  },
): ScenePlan {
  const { parameters, encoderBands = [], codes = null } = options;
  const grid = sceneGrid(scene, parameters.gsdMetres);
  const identity = {
    code: MAP_CODE_VERSION,
    ...sceneIdentity(scene, bands),
    ...modelIdentity(model),
    ...(model.routed === undefined ? {} : { routing: routingIdentity(model.routed, scene, encoderBands) }),
    ...(codes === null ? {} : { codes }),
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
    ...(model.routed === undefined
      ? {}
      : {
          routing: {
            digest: model.routed.digest,
            bands: encoderBands.map((band) => band.index),
            openModels: options.openModels ?? model.routed.routing.models.length,
            ...(codes === null ? {} : { codes }),
          },
        }),
    parameters,
  }));
  const chips = tasks.flatMap((task) => chipsOfTask(task, grid, model.card));
  const [height = 0, width = 0] = scene.properties['proj:shape'];
  const pixelsComputed = chips.reduce((sum, chip) => sum + windowArea(chip.input), 0);
  return {
    scene: scene.id,
    grid,
    tasks,
    chips: chips.length,
    pixelsComputed,
    pixelsAsMono: pixelsComputed,
    atLeast: (model.routed?.routing.models.length ?? 1) > 1,
    pixelsKept: grid.width * grid.height,
    pixelsRead: width * height,
  };
}

/** What of a routing decides the map: the partition and what is unknown to it, each bucket's model, cells, the encoder's bands. */
function routingIdentity(
  { routing, cards }: RoutedModels,
  scene: SceneItem,
  encoderBands: readonly SceneBand[],
) {
  const { partition, cellPixels, softBits, yieldBits, models, buckets } = routing;
  return {
    code: ROUTING_CODE_VERSION,
    partition,
    cellPixels,
    ...(softBits === undefined ? {} : { softBits }),
    ...(yieldBits === undefined ? {} : { yieldBits }),
    buckets,
    models: models.map(({ variant, sha256, haloPixels, cost }, i) => ({
      ...modelIdentity({ card: cards[i] ?? null, variant, sha256 }),
      haloPixels,
      cost,
    })),
    bands: sceneIdentity(scene, encoderBands).bands,
  };
}

/** What of a model decides the map: its weights and the part of the card that inference follows. */
function modelIdentity({ card, variant, sha256 }: Pick<MapModel, 'card' | 'variant' | 'sha256'>) {
  if (card === null) return { variant };
  const { classes, background, output, normalisation, input } = card;
  return { variant, sha256, classIds: classes.map((c) => c.id), background, output, normalisation, input };
}
