import { defineCommand } from './command.ts';
import { MAP_OPTIONS, mapInputSchema } from './map-options.ts';
import { COORDINATOR_MIB } from '../inference/memory-estimate.ts';
import { spokenTime } from './spoken-time.ts';
import { textTable } from './text-table.ts';
import { prepareMap, type PreparedMap } from './prepare-map.ts';
import { withStandbyWorkers } from './worker-command.ts';

/** Compressed, of one layer; more than maps take as a rule. */
const BYTES_PER_PIXEL = 0.35;
/** Of a worker's time, the network's, as measured: 0.88 to 0.67, the faster the network the less. */
const NETWORK_SHARE = 0.8;
/** Workers start and load the model. */
const START_SECONDS = 1.5;
/** Reading and writing, where there is no network behind which they hide. */
const NOOP_SECONDS_PER_MEGAPIXEL = 0.01;

/** What a run will cost, from the plan and the measured probe. */
export function describePlan(prepared: PreparedMap) {
  const { plans, probe, workers } = prepared;
  const sum = (value: (plan: PreparedMap['plans'][number]) => number) =>
    plans.reduce((total, plan) => total + value(plan), 0);
  const computed = sum((plan) => plan.pixelsComputed);
  const kept = sum((plan) => plan.pixelsKept);
  const secondsPerMegapixel = Math.max(probe.secondsPerMegapixel / NETWORK_SHARE, NOOP_SECONDS_PER_MEGAPIXEL);
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
    expectedSeconds: START_SECONDS + (computed / 1e6) * (secondsPerMegapixel / workers),
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
  const lines = [
    `model            ${plan.model.id} (${plan.model.variant})`,
    `chips            ${plan.chips} of ${plan.parameters.corePixels} px core, ${plan.parameters.haloPixels} px halo`,
    `regions          ${plan.regions} of up to ${plan.regionPixels} px`,
    `pixels read      ${megapixels(plan.pixelsRead)}`,
    `pixels computed  ${megapixels(plan.pixelsComputed)} (overlap factor ${plan.overlapFactor.toFixed(3)})`,
    `pixels written   ${megapixels(plan.pixelsWritten)}`,
    `expected time    ${spokenTime(plan.expectedSeconds)} on ${plan.workers} worker${plan.workers === 1 ? '' : 's'}`,
    `peak memory      ${plan.peakMemoryMiB} MiB of ${plan.maxMemoryMiB} MiB allowed`,
    `output           about ${(plan.outputBytes / 1024 ** 2).toFixed(1)} MiB`,
    '',
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
  ];
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
  options: MAP_OPTIONS,
  examples: [
    'resflow map plan buildings --all',
    'resflow map plan buildings --scenes kavre --max-memory 4GiB',
  ],
  input: mapInputSchema,
  run: (input, context) =>
    withStandbyWorkers(context, async (standby) =>
      describePlan(await prepareMap(input, context, { salt: null, standby })),
    ),
  render: renderPlan,
});
