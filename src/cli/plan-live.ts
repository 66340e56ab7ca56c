import { digestOf } from '../core/digest.ts';
import { mapLayers, routedLayers } from '../inference/map-layers.ts';
import type { LivePlan, LiveRequest } from '../server/live/live-plan.ts';
import { readApplication } from '../workspace/applications.ts';
import { writeRouting } from '../workspace/routings.ts';
import { writeSceneCodes } from '../workspace/scene-codes.ts';
import { readScene } from '../workspace/scenes.ts';
import type { CommandContext } from './command.ts';
import { mapInputSchema } from './map-options.ts';
import { BLOCK_PIXELS, chooseParameters } from './map-parameters.ts';
import { planScenes } from './plan-scenes.ts';
import { checkScenes, chooseModel } from './prepare-map.ts';
import { withRouting } from './routing/open-gallery.ts';

/** Plans a scene as `map run` does, but in regions of about one chip, and without measuring the model first. */
export async function planLive(
  { application: name, model: wanted, scene }: LiveRequest,
  context: CommandContext,
): Promise<LivePlan> {
  const input = mapInputSchema.parse({ name, model: wanted, scenes: scene });
  const application = await readApplication(context.workspace, name);
  const chosen = await chooseModel(input, context, application);
  const item = await readScene(context.workspace, scene);
  const { scenes } = await checkScenes([item], application, chosen);
  const [checked] = scenes;
  if (checked === undefined) throw new Error('a scene that was neither taken nor refused');
  const parameters = chooseParameters(input, application, chosen);
  const gsdMetres = parameters.gsdMetres ?? item.properties.gsd;
  const model = withRouting(chosen, parameters, { input, gsdMetres });
  // Workers read from there which model has which bucket.
  if (model.routed !== undefined) await writeRouting(context.workspace, model.routed.routing);
  const regionPixels = Math.ceil(parameters.corePixels / BLOCK_PIXELS) * BLOCK_PIXELS;
  const partition = chosen.gallery?.partition ?? null;
  const planning = { parameters, regionPixels, salt: null };
  const { plans, codes } = await planScenes(context.workspace, [checked], { model, partition }, planning);
  for (const record of codes) await writeSceneCodes(context.workspace, record);
  const [plan] = plans;
  if (plan === undefined) throw new Error('a scene without a plan');
  const own = mapLayers(model.card);
  const more = chosen.gallery === null ? null : routedLayers(chosen.gallery.partition.buckets);
  return {
    scene,
    modelId: chosen.gallery?.gallery.id ?? chosen.modelId,
    digest: digestOf(plan.tasks.map(({ id }) => id)),
    grid: plan.grid,
    wkt: item.properties['proj:wkt2'],
    regionPixels,
    tasks: plan.tasks,
    layers: [own.class, own.confidence, ...(more === null ? [] : [more.bucket, more.margin])],
  };
}
