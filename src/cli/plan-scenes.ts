import { digestOf } from '../core/digest.ts';
import type { MapParameters } from '../engine/protocol.ts';
import { planScene, type MapModel, type RoutedModels, type ScenePlan } from '../inference/plan-map.ts';
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

/** Plans scenes; routed ones that are in the image gallery, with the codes that they have there. */
export async function planScenes(
  root: string,
  scenes: readonly CheckedItem[],
  { model, partition }: { model: MapModel; partition: Partition | null },
  planning: Planning,
): Promise<PlannedScenes> {
  const codes: SceneCodesRecord[] = [];
  const plans: ScenePlan[] = [];
  for (const { item, bands, encoderBands } of scenes) {
    const own = partition === null ? null : await galleryCodes(root, partition, item);
    const more = { encoderBands, codes: own === null ? null : digestOf(own) };
    plans.push(planScene(item, bands, model, { ...planning, ...more }));
    if (own !== null) codes.push(own);
  }
  return { plans, codes };
}

/** The plans with what routed scenes of known codes will compute, instead of the least: seconds for a large scene. */
export function withRoutedCosts({
  plans,
  codes,
  scenes,
  model,
  parameters,
}: PlannedScenes & {
  readonly scenes: readonly CheckedItem[];
  readonly model: MapModel;
  readonly parameters: MapParameters;
}): ScenePlan[] {
  const known = new Map(codes.map((record) => [record.scene, record]));
  return plans.map((plan, i) => {
    const [own, scene] = [known.get(plan.scene), scenes[i]];
    if (own === undefined || scene === undefined || model.routed === undefined) return plan;
    return { ...plan, ...routedCosts(plan, scene, own, { routed: model.routed, parameters }) };
  });
}

function routedCosts(
  plan: ScenePlan,
  { item, encoderBands }: CheckedItem,
  codes: SceneCodesRecord,
  { routed, parameters }: { routed: RoutedModels; parameters: MapParameters },
): ReturnType<typeof planRouted> {
  const { routing, cards } = routed;
  const { corePixels, blendPixels } = parameters;
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
