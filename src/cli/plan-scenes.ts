import { digestOf } from '../core/digest.ts';
import type { MapParameters } from '../engine/protocol.ts';
import { planScene, type MapModel, type ScenePlan } from '../inference/plan-map.ts';
import { planRouted } from '../inference/plan-routed.ts';
import { rowRouting } from '../inference/route-row.ts';
import type { Partition } from '../workspace/partition-record.ts';
import { SceneCodes, type SceneCodesRecord } from '../workspace/scene-codes.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneBand, SceneItem } from '../workspace/scene-record.ts';
import { statisticsOf } from '../workspace/scene-identity.ts';
import { ChipRouter } from './routing/chip-router.ts';
import { galleryCodes } from './routing/gallery-codes.ts';
import { rulesOf } from './routing/routed-region.ts';

/** A scene that can be mapped, with its bands as the models want them, and as the encoder that routes does. */
export interface CheckedItem {
  readonly item: SceneItem;
  readonly bands: readonly SceneBand[];
  readonly encoderBands: readonly SceneBand[];
}

/** How scenes are planned: as `planScene`. */
interface Planning {
  readonly parameters: MapParameters;
  readonly regionPixels: number;
  readonly salt: string | null;
  readonly openModels?: number;
}

export interface PlannedScenes {
  readonly plans: readonly ScenePlan[];
  /** Of scenes that the image gallery holds: what tasks name by digest, to be stored before they run. */
  readonly codes: readonly SceneCodesRecord[];
}

/** Plans scenes; where a routed one is in the image gallery, by the codes that it has there. */
export async function planScenes(
  root: string,
  scenes: readonly CheckedItem[],
  { model, partition }: { model: MapModel; partition: Partition | null },
  planning: Planning,
): Promise<PlannedScenes> {
  const codes: SceneCodesRecord[] = [];
  const plans: ScenePlan[] = [];
  for (const scene of scenes) {
    const { item, bands, encoderBands } = scene;
    const own = partition === null ? null : await galleryCodes(root, partition, item);
    const more = { encoderBands, codes: own === null ? null : digestOf(own) };
    const plan = planScene(item, bands, model, { ...planning, ...more });
    if (own !== null) codes.push(own);
    plans.push(own === null ? plan : { ...plan, ...routedCosts(plan, scene, own, { model, planning }) });
  }
  return { plans, codes };
}

function routedCosts(
  plan: ScenePlan,
  { item, encoderBands }: CheckedItem,
  codes: SceneCodesRecord,
  { model, planning }: { model: MapModel; planning: Planning },
): Partial<ScenePlan> {
  if (model.routed === undefined) return {};
  const { routing, cards } = model.routed;
  const { corePixels, blendPixels } = planning.parameters;
  const { grid } = plan;
  const router = new ChipRouter({
    scene: item.id,
    routing,
    grid,
    galleryGrid: sceneGrid(item, routing.partition.gsdMetres),
    bands: encoderBands.map((_, i) => i),
    statistics: statisticsOf(
      item,
      encoderBands.map(({ index }) => index),
    ),
    codes: new SceneCodes(codes),
    networks: () => Promise.reject(new Error('a plan embeds no chips')),
  });
  const rows = rowRouting(rulesOf(routing, cards), { grid, corePixels }, router);
  const routeOf = (window: Parameters<typeof router.chipAt>[0]) => router.recalled(router.chipAt(window));
  return planRouted(plan, rows, { routeOf, blendPixels });
}
