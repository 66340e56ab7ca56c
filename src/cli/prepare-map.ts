import { contractError, resourceError, ResflowError, usageError } from '../core/errors.ts';
import {
  estimateWorkerMiB,
  withOpenModels,
  COORDINATOR_MIB,
  type ModelProbe,
} from '../inference/memory-estimate.ts';
import { chipsOfTask, planScene, type MapModel } from '../inference/plan-map.ts';
import type { MapParameters } from '../engine/protocol.ts';
import type { StandbyWorkers } from '../engine/standby-workers.ts';
import { checkScene, type CheckedScene } from '../ingest/check-scenes.ts';
import type { Application } from '../workspace/application-record.ts';
import { readApplication } from '../workspace/applications.ts';
import { namesGallery } from '../workspace/model-galleries.ts';
import { resolveModel } from '../workspace/models.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneBand, SceneItem } from '../workspace/scene-record.ts';
import { readScenes } from '../workspace/scenes.ts';
import type { CommandContext } from './command.ts';
import { defaultMemoryMiB, defaultWorkers, parseMemoryMiB, type MapInput } from './map-options.ts';
import { BLOCK_PIXELS, chooseParameters, DEFAULT_CORE } from './map-parameters.ts';
import { planScenes, type CheckedItem, type PlannedScenes } from './plan-scenes.ts';
import { probeModel } from './probe-model.ts';
import type { ChosenModel } from './routing/chosen-model.ts';
import { openGallery, withRouting, withVariant } from './routing/open-gallery.ts';

export interface RefusedScene {
  readonly scene: string;
  readonly problems: CheckedScene['problems'];
}

/** Everything a map run needs, decided before a pixel is computed. */
export interface PreparedMap extends PlannedScenes {
  readonly application: Application;
  readonly modelId: string;
  readonly model: MapModel;
  readonly parameters: MapParameters;
  readonly scenes: readonly CheckedItem[];
  readonly refused: readonly RefusedScene[];
  readonly regionPixels: number;
  readonly workers: number;
  readonly maxMemoryMiB: number;
  readonly probe: ModelProbe;
  readonly workerMiB: number;
}

/** How many workers there may be, and the memory of all of them and the coordinator. */
export interface ExecutionLimits {
  readonly workers: number;
  readonly maxMemoryMiB: number;
}

const localLimits = (input: MapInput): ExecutionLimits => ({
  workers: input.workers ?? defaultWorkers(),
  maxMemoryMiB: input.maxMemory === undefined ? defaultMemoryMiB() : parseMemoryMiB(input.maxMemory),
});

const REGION_CHOICES = [4096, 2048, 1024, 512];
/** Regions a worker should get at least, so that workers end at about the same time. */
const REGIONS_PER_WORKER = 3;
const LAYERS = 2;
const ROUTED_LAYERS = 4;
/** Less than any worker needs with a region of any size: more than would fit are not started before the plan is made. */
const LEAST_WORKER_MIB = 400;

/**
 * Reads application, model and scenes, checks each scene against the contract, starts workers, probes the model in one
 * and decides region size and number of workers within the memory limit. Throws ALL_SCENES_REFUSED where nothing is left to map, MEMORY_TOO_SMALL
 * where not even one worker on the smallest region fits.
 */
export async function prepareMap(
  input: MapInput,
  context: CommandContext,
  options: {
    readonly salt: string | null;
    readonly standby: StandbyWorkers;
    /** Of the machine or cluster that will do it, where that is not this machine alone. */
    readonly limits?: ExecutionLimits | null;
  },
): Promise<PreparedMap> {
  const { salt, standby } = options;
  const limits = options.limits ?? localLimits(input);
  const { maxMemoryMiB } = limits;
  const application = await readApplication(context.workspace, input.name);
  const chosen = await chooseModel(input, context, application);
  const items = await readScenes(context.workspace, chosenScenes(input));
  const { scenes, refused } = await checkScenes(items, application, chosen);
  const parameters = chooseParameters(input, application, chosen);
  const { modelId } = chosen;
  const gsdMetres = parameters.gsdMetres ?? scenes[0]?.item.properties.gsd ?? application.gsdMetres;
  const model = withRouting(chosen, parameters, { input, gsdMetres });
  const largest = largestInput(scenes, model, parameters);
  standby.start(options.limits ? 1 : Math.min(limits.workers, Math.ceil(maxMemoryMiB / LEAST_WORKER_MIB)));
  const pixels = { bands: bandNames(application, model).length, ...largest };
  const probe = await probeModel(model, pixels, standby, { maxMemoryMiB, signal: context.signal });
  const models = model.routed?.routing.models.length ?? null;
  const { openModels, ...fit } = chooseOpenModels(models, probe, (assumed) =>
    chooseExecution(scenes, { parameters, model }, assumed, { input, ...limits }),
  );
  await standby.stop(0, fit.workers);
  const planning = { parameters, regionPixels: fit.regionPixels, salt };
  const partition = chosen.gallery?.partition ?? null;
  const { plans, codes } = await planScenes(
    context.workspace,
    scenes,
    { model, partition },
    { ...planning, openModels },
  );
  return {
    application,
    modelId,
    model,
    parameters,
    scenes,
    refused,
    plans,
    codes,
    maxMemoryMiB,
    probe,
    ...fit,
  };
}

function chosenScenes(input: MapInput): readonly string[] | 'all' {
  if (input.all) return 'all';
  if (input.scenes !== undefined && input.scenes.length > 0) return [...new Set(input.scenes)];
  throw usageError('NO_SCENES_CHOSEN', 'Which scenes?', {
    hint: 'Give --scenes ID,ID or --all; `resflow scene list` shows them.',
  });
}

/** The model or gallery that is asked for. */
export async function chooseModel(
  input: MapInput,
  context: CommandContext,
  application: Application,
): Promise<ChosenModel> {
  if (input.model === 'noop') {
    const model = { card: null, folder: '-', variant: 'noop', sha256: '' } as const;
    return { modelId: 'noop', model, gallery: null };
  }
  if (namesGallery(input.model)) return openGallery(input, context.workspace, application);
  const stored = await resolveModel(context.workspace, application.name, input.model);
  return { modelId: stored.card.id, model: withVariant(stored, input.variant), gallery: null };
}

const bandNames = (application: Application, model: MapModel): string[] =>
  model.card === null ? application.bands : model.card.bands.map((band) => band.name);

/** The sample type that a model asks for, or one of several. */
const dataTypeOf = ({ model, gallery }: ChosenModel): string | undefined =>
  [model.card, ...(gallery?.models.map(({ card }) => card) ?? [])]
    .map((card) => (card?.normalisation.kind === 'fixed' ? card.normalisation.dataType : undefined))
    .find((dataType) => dataType !== undefined);

/** The input contract, and whether each source is there, unchanged and readable: also where all its regions are done. */
export async function checkScenes(
  items: readonly SceneItem[],
  application: Application,
  chosen: ChosenModel,
) {
  const { model, gallery } = chosen;
  const dataType = dataTypeOf(chosen);
  const gsdRange =
    model.card === null ? application.gsdRange : { min: model.card.gsd.min, max: model.card.gsd.max };
  const scenes: CheckedItem[] = [];
  const refused: RefusedScene[] = [];
  const own = bandNames(application, model);
  for (const item of items) {
    // The encoder's come after the models'; a band that is wanted twice is told once.
    const names = [...new Set([...own, ...(gallery?.partition.bands ?? [])])];
    const { problems, bands } = await checkScene(item, { bands: names, gsdRange, dataType });
    if (problems.length > 0) {
      refused.push({ scene: item.id, problems });
      continue;
    }
    const named = (wanted: readonly string[]) =>
      wanted.flatMap((name) => bands.filter((_, i) => names[i] === name));
    scenes.push({ item, bands: named(own), encoderBands: named(gallery?.partition.bands ?? []) });
  }
  const first = refused[0]?.problems[0];
  if (scenes.length === 0) {
    throw contractError(
      'ALL_SCENES_REFUSED',
      `No scene can be mapped: ${first === undefined ? 'none was chosen' : `'${refused[0]?.scene}': ${first.message}`}`,
      {
        hint: first?.hint ?? '`resflow scene check` says why each scene is refused.',
        context: { refused: refused.map((scene) => scene.scene) },
      },
    );
  }
  return { scenes, refused };
}

/** The largest network input of the run. */
function largestInput(scenes: PreparedMap['scenes'], model: MapModel, parameters: MapParameters) {
  let best = { width: 0, height: 0 };
  for (const { item, bands } of scenes) {
    const region = parameters.corePixels - (parameters.corePixels % BLOCK_PIXELS) + BLOCK_PIXELS;
    const options = { parameters, regionPixels: region, salt: null };
    const task = planScene(item, bands, { ...model, routed: undefined }, options).tasks[0];
    if (task === undefined) continue;
    for (const { input } of chipsOfTask(task, sceneGrid(item, parameters.gsdMetres), model.card)) {
      if (input.width * input.height > best.width * best.height)
        best = { width: input.width, height: input.height };
    }
  }
  return best;
}

type Execution = Pick<PreparedMap, 'regionPixels' | 'workers' | 'workerMiB'>;

/**
 * Keeps all models open in every worker, unless with fewer open more workers find room: then as many as leave the most
 * workers. `models` is null where there is one model only.
 */
function chooseOpenModels(
  models: number | null,
  probe: ModelProbe,
  fit: (assumed: ModelProbe) => Execution,
): Execution & { openModels: number } {
  const most = models ?? 1;
  // The fewest open ones leave the most room; what does not fit then fits never.
  let best = { ...fit(withOpenModels(probe, 1)), openModels: 1 };
  for (let openModels = 2; openModels <= most; openModels += 1) {
    try {
      const next = fit(withOpenModels(probe, openModels));
      if (next.workers < best.workers) break;
      best = { ...next, openModels };
    } catch (error) {
      if (error instanceof ResflowError && error.code === 'MEMORY_TOO_SMALL') break;
      throw error;
    }
  }
  return best;
}

function chooseExecution(
  scenes: PreparedMap['scenes'],
  { parameters, model }: { parameters: MapParameters; model: MapModel },
  probe: ModelProbe,
  limits: ExecutionLimits & { input: MapInput },
): Execution {
  const { input, maxMemoryMiB, workers: wanted } = limits;
  if (input.region !== undefined && input.region % BLOCK_PIXELS !== 0) {
    throw usageError(
      'BAD_REGION',
      `A region of ${input.region} px is not a multiple of ${BLOCK_PIXELS} px.`,
      {
        hint: 'Give a multiple, or leave --region out.',
      },
    );
  }
  const grids = scenes.map(({ item }) => sceneGrid(item, parameters.gsdMetres));
  const side = Math.max(...grids.map((grid) => Math.max(grid.width, grid.height)));
  const routed = model.routed !== undefined;
  const needs = {
    parameters,
    bands: Math.max(...scenes.map(({ bands, encoderBands }) => new Set([...bands, ...encoderBands]).size)),
    bytesPerSample: Math.max(...scenes.map(({ bands }) => bytesOf(bands[0]))),
    layers: routed ? ROUTED_LAYERS : LAYERS,
    channels: model.card?.output.channels ?? 1,
    routed,
    scale: Math.max(...grids.map((grid) => Math.max(grid.scaleX, grid.scaleY))),
  };
  const memoryAt = (region: number) =>
    estimateWorkerMiB({ ...needs, regionPixels: Math.min(region, side) }, probe);
  const fitting = (region: number) => Math.floor((maxMemoryMiB - COORDINATOR_MIB) / memoryAt(region));
  const regionsAt = (region: number) =>
    grids.reduce((sum, grid) => sum + Math.ceil(grid.width / region) * Math.ceil(grid.height / region), 0);
  const choices =
    input.region === undefined
      ? REGION_CHOICES.filter((region) => region >= Math.min(parameters.corePixels, 4096))
      : [input.region];
  const enough = (region: number) =>
    fitting(region) >= wanted && regionsAt(region) >= wanted * REGIONS_PER_WORKER;
  const regionPixels = choices.find(enough) ?? choices.at(-1) ?? DEFAULT_CORE;
  const workers = Math.min(wanted, fitting(regionPixels), regionsAt(regionPixels));
  const workerMiB = memoryAt(regionPixels);
  if (workers < 1 || (input.workers !== undefined && fitting(regionPixels) < input.workers)) {
    const needed = COORDINATOR_MIB + Math.max(1, input.workers ?? 1) * workerMiB;
    throw resourceError(
      'MEMORY_TOO_SMALL',
      `The run needs about ${needed} MiB (${workerMiB} MiB a worker), --max-memory allows ${Math.round(maxMemoryMiB)} MiB.`,
      {
        hint: 'Give more --max-memory, fewer --workers, a smaller --region or a smaller --core.',
        context: { neededMiB: needed, limitMiB: Math.round(maxMemoryMiB), workerMiB },
      },
    );
  }
  return { regionPixels, workers, workerMiB };
}

function bytesOf(band: SceneBand | undefined): number {
  if (band?.data_type === 'uint8') return 1;
  return band?.data_type === 'uint16' || band?.data_type === 'int16' ? 2 : 4;
}
