import { resourceError, ResflowError } from '../core/errors.ts';
import { watchMemory } from '../engine/memory-watch.ts';
import type { StandbyWorkers } from '../engine/standby-workers.ts';
import { WorkerGone } from '../engine/worker-process.ts';
import type { MapModel, RoutedModels } from '../inference/plan-map.ts';
import type { ModelProbe } from '../inference/memory-estimate.ts';

export interface ProbeInput {
  readonly bands: number;
  readonly width: number;
  readonly height: number;
}

const NOTHING_TO_PROBE: ModelProbe = { secondsPerMegapixel: 0, peakMemoryMiB: 130, firstPeakMiB: 130 };

export interface ProbeLimits {
  /** All processes together, in the probe too. */
  readonly maxMemoryMiB: number;
  readonly signal: AbortSignal;
}

/**
 * Runs the model in a worker on made-up pixels, and says what it costs. The worker then waits for the run, with the model
 * open. Throws what the worker reports, MEMORY_TOO_SMALL where the limit is reached, and the signal's reason.
 */
export async function probeModel(
  model: MapModel,
  input: ProbeInput,
  standby: StandbyWorkers,
  { maxMemoryMiB, signal }: ProbeLimits,
): Promise<ModelProbe> {
  if (model.card === null) return NOTHING_TO_PROBE;
  const worker = standby.take();
  const onAbort = () => worker.kill(new WorkerGone('WORKER_CRASHED', 'stopped by the user'));
  signal.addEventListener('abort', onAbort, { once: true });
  const stopWatching = watchMemory({
    processes: () => (worker.alive ? [worker] : []),
    limitMiB: maxMemoryMiB,
    report: () => undefined,
  });
  try {
    const { folder, variant, sha256 } = model;
    const reply = await worker.ask({
      type: 'probe',
      id: 'probe',
      model: { folder, variant, sha256 },
      ...(model.routed === undefined ? {} : { others: othersOf(model.routed) }),
      bands: input.bands,
      input: { width: input.width, height: input.height },
    });
    if (reply.type === 'probed') return reply;
    if (reply.type === 'result' && reply.status === 'failed') {
      const { code, message, hint } = reply.error;
      throw new ResflowError('input', code, message, hint === null ? {} : { hint });
    }
    throw new Error(`a probe was answered with '${reply.type}'`);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof WorkerGone)) throw error;
    if (error.code === 'MEMORY_EXCEEDED') throw memoryTooSmall(input, error, maxMemoryMiB);
    throw resourceError(
      'PROBE_FAILED',
      `The model could not be run once on ${input.width}x${input.height} pixels: ${error.message}.`,
      {
        hint: 'If memory ran out, give a smaller --core; otherwise look at the message and at `resflow doctor`.',
        cause: error,
      },
    );
  } finally {
    stopWatching();
    signal.removeEventListener('abort', onAbort);
    standby.giveBack(worker);
  }
}

/** Beside Mono the one that computes most: what another open model takes at most. */
function othersOf({ routing }: RoutedModels) {
  const [costliest] = routing.models.slice(1).sort((a, b) => b.cost - a.cost);
  if (costliest === undefined) return [];
  const { folder, variant, sha256 } = costliest;
  return [{ folder, variant, sha256 }];
}

const memoryTooSmall = ({ width, height }: ProbeInput, gone: WorkerGone, maxMemoryMiB: number) =>
  resourceError(
    'MEMORY_TOO_SMALL',
    `The model cannot be run on ${width}x${height} pixels within --max-memory: ${gone.message}.`,
    {
      hint: 'Give more --max-memory or a smaller --core.',
      context: { limitMiB: Math.round(maxMemoryMiB) },
      cause: gone,
    },
  );
