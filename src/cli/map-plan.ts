import { z } from 'zod';
import { defineCommand } from './command.ts';
import { checkEngineInput, ENGINE_OPTIONS, engineInputShape } from './engine-options.ts';
import { sparkLimits } from './spark-session.ts';
import { MAP_OPTIONS, mapInputSchema } from './map-options.ts';
import { COORDINATOR_MIB } from '../inference/memory-estimate.ts';
import { spokenTime } from './spoken-time.ts';
import { textTable } from './text-table.ts';
import { withRoutedCosts } from './plan-scenes.ts';
import { prepareMap, type PreparedMap } from './prepare-map.ts';
import { withStandbyWorkers } from './worker-command.ts';

/** Compressed, of one layer; more than maps take as a rule. */
const BYTES_PER_PIXEL = 0.35;
/** Of a worker's time, the network's, as measured: 0.88 to 0.67, the faster the network the less. */
const NETWORK_SHARE = 0.8;
/** Workers start and load the model; a Spark session takes longer. */
const START_SECONDS = { local: 1.5, spark: 25 };
/** Reading and writing, where there is no network behind which they hide. */
const NOOP_SECONDS_PER_MEGAPIXEL = 0.01;

/** What a run will cost, from the plan and the measured probe. */
export function describePlan(
  prepared: PreparedMap,
  { engine, price }: { engine: keyof typeof START_SECONDS; price: number | null },
) {
  const { plans, probe, workers } = prepared;
  const sum = (value: (plan: PreparedMap['plans'][number]) => number) =>
    plans.reduce((total, plan) => total + value(plan), 0);
  const computed = sum((plan) => plan.pixelsComputed);
  const kept = sum((plan) => plan.pixelsKept);
  const secondsPerMegapixel = Math.max(probe.secondsPerMegapixel / NETWORK_SHARE, NOOP_SECONDS_PER_MEGAPIXEL);
  const arithmetic = sum((plan) => plan.pixelsAsMono) / 1e6;
  const atLeast = plans.filter((plan) => plan.atLeast).length;
  const seconds = START_SECONDS[engine] + arithmetic * (secondsPerMegapixel / workers);
  const workerHours = (workers * seconds) / 3600;
  return {
    application: prepared.application.name,
    model: { id: prepared.modelId, variant: prepared.model.variant },
    parameters: prepared.parameters,
    scenes: plans.map((plan) => ({
      scene: plan.scene,
      width: plan.grid.width,
      height: plan.grid.height,
      gsdMetres: plan.grid.gsdMetres,
      regions: plan.tasks.length,
      chips: plan.chips,
    })),
    refused: prepared.refused,
    regions: sum((plan) => plan.tasks.length),
    regionPixels: prepared.regionPixels,
    chips: sum((plan) => plan.chips),
    pixelsRead: sum((plan) => plan.pixelsRead),
    pixelsWritten: kept,
    pixelsComputed: computed,
    overlapFactor: computed / kept,
    /** Scenes of a routed map that are not in the image gallery: which models map them is not known, and what it costs beyond the least neither. */
    unroutedScenes: atLeast,
    expectedSeconds: seconds,
    workerHours,
    /** In whatever the price is in. */
    cost: price === null ? null : workerHours * price,
    workers,
    workerMemoryMiB: prepared.workerMiB,
    peakMemoryMiB: COORDINATOR_MIB + workers * prepared.workerMiB,
    maxMemoryMiB: Math.round(prepared.maxMemoryMiB),
    /** Class and confidence with their overviews and the part files; an estimate from typical compression. Routed maps' other layers take next to nothing. */
    outputBytes: Math.round(2 * kept * BYTES_PER_PIXEL * 2 * (4 / 3)),
  };
}

type PlanDescription = ReturnType<typeof describePlan>;

const megapixels = (pixels: number): string => `${(pixels / 1e6).toFixed(2)} Mpx`;

export function renderPlan(plan: PlanDescription): string {
  const least = plan.unroutedScenes === 0 ? '' : 'at least ';
  const lines = [
    ...textTable(
      ['scene', 'pixels', 'GSD', 'regions', 'chips'],
      plan.scenes.map((s) => [
        s.scene,
        `${s.width} x ${s.height}`,
        `${s.gsdMetres.toFixed(3)} m`,
        String(s.regions),
        String(s.chips),
      ]),
    ),
    '',
    `model            ${plan.model.id} (${plan.model.variant})`,
    `chips            ${plan.chips} of ${plan.parameters.corePixels} px core, ${plan.parameters.haloPixels} px halo`,
    `regions          ${plan.regions} of up to ${plan.regionPixels} px`,
    `pixels read      ${megapixels(plan.pixelsRead)}`,
    `pixels computed  ${least}${megapixels(plan.pixelsComputed)} (overlap factor ${plan.overlapFactor.toFixed(3)})`,
    `pixels written   ${megapixels(plan.pixelsWritten)}`,
    `expected time    ${least}${spokenTime(plan.expectedSeconds)} on ${plan.workers} worker${plan.workers === 1 ? '' : 's'}`,
    `worker hours     ${plan.workerHours.toFixed(2)}${plan.cost === null ? '' : `, at the price given ${plan.cost.toFixed(2)}`}`,
    `peak memory      ${plan.peakMemoryMiB} MiB of ${plan.maxMemoryMiB} MiB allowed`,
    `output           about ${(plan.outputBytes / 1024 ** 2).toFixed(1)} MiB`,
  ];
  if (plan.unroutedScenes > 0) {
    lines.push(
      '',
      `${plan.unroutedScenes} scene(s) have no codes in the gallery: which models map them is found out on the way, and at least`,
      'is what one model for each would take. `resflow gallery add --scenes ID,...` beforehand makes the plan exact.',
    );
  }
  for (const { scene, problems } of plan.refused) {
    lines.push(`refused ${scene}: ${problems.map((problem) => problem.message).join('; ')}`);
  }
  return lines.join('\n');
}

export const mapPlanCommand = defineCommand({
  path: ['map', 'plan'],
  summary: 'Say what a map run would do and cost, before it runs',
  description:
    'Plans regions and chips, runs the model once to measure it, and refuses what cannot fit in memory. Writes nothing.',
  args: [{ name: 'name', description: 'the application', required: true }],
  options: [
    ...MAP_OPTIONS,
    ...ENGINE_OPTIONS,
    { flags: '--price <amount>', description: 'of one worker for an hour, for the cost of the run' },
  ],
  examples: [
    'resflow map plan buildings --all',
    'resflow map plan buildings --scenes kavre --max-memory 4GiB',
    'resflow map plan buildings --all --engine spark --master spark://HOST:7077 --workers 64 --price 0.9',
  ],
  input: mapInputSchema.extend({ ...engineInputShape, price: z.coerce.number().nonnegative().optional() }),
  async run(input, context) {
    checkEngineInput(input);
    const limits = input.engine === 'spark' ? sparkLimits(input) : null;
    return withStandbyWorkers(context, async (standby) => {
      const prepared = await prepareMap(input, context, { salt: null, standby, limits });
      const plans = withRoutedCosts(prepared);
      const options = { engine: input.engine, price: input.price ?? null };
      return describePlan({ ...prepared, plans }, options);
    });
  },
  render: renderPlan,
});
