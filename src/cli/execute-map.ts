import { join } from 'node:path';
import { sweepTemporary } from '../core/atomic-file.ts';
import { ERROR_FAMILIES } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local-engine.ts';
import { createSparkEngine } from '../engine/spark-engine.ts';
import { noSession } from '../engine/spark-errors.ts';
import { whyNobodyAnswers } from '../engine/spark-master.ts';
import { peakResidentMiB } from '../engine/memory.ts';
import type { MapTask } from '../engine/protocol.ts';
import type { StandbyWorkers } from '../engine/standby-workers.ts';
import { runMap } from '../inference/run-map.ts';
import { readMarker } from '../workspace/ledger.ts';
import { RunEventLog } from '../workspace/run-events.ts';
import { watchPriority } from '../workspace/run-priority.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { beatHeart, thisCoordinator } from '../workspace/run-activity.ts';
import { writeRun } from '../workspace/runs.ts';
import type { CommandContext } from './command.ts';
import type { EngineInput } from './engine-options.ts';
import { publishMap } from './publish-map.ts';
import { assemblyTasks } from './run-assembly.ts';
import { renderScenes } from './render-scenes.ts';
import { openRunStore, sweepRunStore } from './run-store.ts';
import { sparkOptions, workerShareMiB } from './spark-session.ts';
import { textTable } from './text-table.ts';

const MAX_TRIES = 3;

/** Executes a run that was planned, or the rest of it, on the engine that is asked for. */
export async function executeMap(
  run: RunRecord,
  tasks: readonly MapTask[],
  context: CommandContext,
  {
    standby,
    engine: wanted,
    maxFailures,
  }: { standby: StandbyWorkers; engine: EngineInput; maxFailures: number | null },
): Promise<RunRecord> {
  const { workspace: root, signal } = context;
  // Of all runs: one that was killed before its record stood is never resumed.
  const swept = await Promise.all(
    ['parts', 'ledger', 'runs'].map((folder) => sweepTemporary(join(root, folder))),
  );
  context.log.debug({ removed: swept.flat() }, 'left-over temporary files');
  const store = await openRunStore(run, context);
  await sweepRunStore(store, run.id, tasks);
  const engine = await openEngine(run, context, { standby, wanted, signal });
  const started: RunRecord = {
    ...run,
    engine: engine.name,
    status: 'running',
    peakMemoryMiB: Math.max(run.peakMemoryMiB, Math.round(peakResidentMiB())),
    coordinator: thisCoordinator(),
  };
  const stopHeart = beatHeart(root, run.id);
  const events = new RunEventLog(root, run.id);
  const scenes = run.scenes.map(({ scene }) => scene);
  try {
    return await runMap(started, tasks, {
      engine,
      maxFailures,
      readMarker: (task) => readMarker(store, task),
      // A storage copies by itself, without any pixels here; files are put together by whoever has a slot.
      publish: (scene, sceneTasks, open) => {
        if (store.shared === null)
          return publishMap(root, started, scene, { tasks: sceneTasks, store, signal });
        const idle = run.execution.workers - open;
        return Promise.resolve(assemblyTasks(run.id, sceneTasks, { env: context.env, idle }));
      },
      seal: (scene, sceneTasks) =>
        publishMap(root, started, scene, { tasks: sceneTasks, store, signal, stage: 'seal' }),
      save: (record) => writeRun(root, record),
      note: (task, state, error) =>
        events.add({
          at: context.now().toISOString(),
          task,
          state,
          ...(error === undefined ? {} : { error }),
        }),
      watchPriority: (apply) => watchPriority(root, run.id, { scenes, apply }),
      now: () => context.now().getTime(),
      progress: context.progress,
      signal,
    });
  } finally {
    stopHeart();
    await events.close();
  }
}

async function openEngine(
  { execution, storage }: RunRecord,
  context: CommandContext,
  { standby, wanted, signal }: { standby: StandbyWorkers; wanted: EngineInput; signal: AbortSignal },
): Promise<Engine> {
  const { workers, maxMemoryMiB } = execution;
  if (wanted.engine === 'local') {
    return createLocalEngine({ workers, standby, maxMemoryMiB, maxTries: MAX_TRIES });
  }
  // The one that was measured with is not needed any more.
  await standby.stop(0);
  // With a storage no executor needs to see the workspace.
  const place = { ...context, workspace: storage ?? context.workspace };
  const options = sparkOptions(wanted, place, { workerMiB: workerShareMiB(execution) });
  const nobody = await whyNobodyAnswers(wanted.master ?? 'local', context.env, signal);
  if (nobody !== null) throw noSession(`nobody is there: ${nobody}`);
  return createSparkEngine(options);
}

/** What `map run`, `map resume` and `map show` print. */
export function describeRun(run: RunRecord) {
  return {
    run: run.id,
    application: run.application,
    model: run.model,
    gallery: run.gallery?.id ?? null,
    partition: run.gallery?.partition ?? null,
    engine: run.engine,
    status: run.status,
    storage: run.storage ?? null,
    created: run.created,
    scenes: run.scenes.map(({ scene, status, layers, item, seamScore, seamScoreBorders, failures }) => ({
      scene,
      status,
      layers,
      item,
      seamScore,
      seamScoreBorders: seamScoreBorders ?? null,
      failures,
    })),
    tasks: run.tasks,
    seconds: run.seconds,
    megapixels: run.megapixels,
    megapixelsPerSecond: run.megapixelsPerSecond,
    overlapFactor: run.overlapFactor,
    seamScore: run.seamScore,
    seamScoreBorders: run.gallery?.seamScoreBorders ?? null,
    borderDifference: run.gallery?.borderDifference ?? null,
    steps: run.gallery?.steps ?? null,
    routingShare: run.gallery?.routingShare ?? null,
    softBits: run.gallery?.softBits ?? null,
    yieldBits: run.gallery?.yieldBits ?? null,
    buckets: run.gallery?.buckets.map(({ bucket, model, chips }) => ({ bucket, model, chips })) ?? [],
    unknownChips: run.gallery?.unknownChips ?? 0,
    uncodedChips: run.gallery?.uncodedChips ?? 0,
    yieldedChips: run.gallery?.yieldedChips ?? 0,
    peakMemoryMiB: run.peakMemoryMiB,
    parameters: run.parameters,
    execution: run.execution,
  };
}
export type RunDescription = ReturnType<typeof describeRun>;

export function renderRun(run: RunDescription): string {
  const { tasks } = run;
  const number = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits));
  const lines = [
    `run ${run.run}: ${run.status}`,
    `  model      ${run.model.id} (${run.model.variant})`,
    `  regions    ${tasks.planned} planned: ${tasks.reused} reused, ${tasks.done} done, ${tasks.failed} failed`,
    `  speed      ${run.megapixels.toFixed(2)} Mpx in ${run.seconds.toFixed(1)} s (${run.megapixelsPerSecond.toFixed(2)} Mpx/s)`,
    `  overlap    ${number(run.overlapFactor, 3)}   seam score ${number(run.seamScore, 5)}   peak memory ${run.peakMemoryMiB} MiB`,
  ];
  if (run.gallery !== null) lines.push(...renderGallery(run));
  lines.push(...renderScenes(run.scenes));
  if (run.status === 'done')
    lines.push('', `How good is it? resflow map evaluate ${run.run} --report report.html`);
  else if (run.status !== 'running') lines.push('', `Continue with: resflow map resume ${run.run}`);
  return lines.join('\n');
}

function renderGallery(run: RunDescription): string[] {
  const number = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits));
  const rows = [
    ...run.buckets.map(({ bucket, model, chips }) => [String(bucket), model, String(chips)]),
    ...(run.unknownChips > 0 ? [['unknown', run.model.id, String(run.unknownChips)]] : []),
    ...(run.uncodedChips > 0 ? [['too little data', '-', String(run.uncodedChips)]] : []),
  ];
  const soft = run.softBits ? [`  soft       two models where the margin is below ${run.softBits} bits`] : [];
  const yielded =
    run.yieldedChips > 0
      ? [`  yielded    ${run.yieldedChips} chips went with a neighbour's model, to save arithmetic`]
      : [];
  return [
    `  routing    gallery ${run.gallery ?? ''}: ${number(run.routingShare === null ? null : 100 * run.routingShare, 1)} % of the time`,
    ...soft,
    ...yielded,
    `  borders    seam score ${number(run.seamScoreBorders, 5)} where models meet, which differ by ${number(run.borderDifference, 4)} there`,
    `  steps      ${number(run.steps?.borders ?? null, 5)} from pixel to pixel across such a border, ${number(run.steps?.inside ?? null, 5)} where chips of one model meet`,
    ...textTable(['bucket', 'model', 'chips'], rows).map((line) => `    ${line}`),
  ];
}

/** 0 where everything was mapped, the exit code of partial failure otherwise. */
export const runExitCode = (run: RunDescription): number =>
  run.status === 'done' ? 0 : ERROR_FAMILIES.partial.exitCode;
