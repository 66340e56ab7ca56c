import { resourceError, ResflowError } from '../core/errors.ts';
import { WorkerGone, WorkerProcess, type WorkerCommand } from '../engine/worker-process.ts';
import type { MapModel } from '../inference/plan-map.ts';
import type { ModelProbe } from '../inference/memory-estimate.ts';

export interface ProbeInput {
  readonly bands: number;
  readonly width: number;
  readonly height: number;
}

const NOTHING_TO_PROBE: ModelProbe = { secondsPerMegapixel: 0, peakMemoryMiB: 130 };

/** Runs the model in a worker of its own on made-up pixels, and says what it costs. Throws what the worker reports. */
export async function probeModel(
  model: MapModel,
  input: ProbeInput,
  command: WorkerCommand,
): Promise<ModelProbe> {
  if (model.card === null) return NOTHING_TO_PROBE;
  const worker = new WorkerProcess(command);
  try {
    const { folder, variant, sha256 } = model;
    const reply = await worker.ask({
      type: 'probe',
      id: 'probe',
      model: { folder, variant, sha256 },
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
    if (!(error instanceof WorkerGone)) throw error;
    throw resourceError(
      'PROBE_FAILED',
      `The model could not be run once on ${input.width}x${input.height} pixels: ${error.message}.`,
      {
        hint: 'If memory ran out, give a smaller --core; otherwise look at the message and at `resflow doctor`.',
        cause: error,
      },
    );
  } finally {
    await worker.stop(2000);
  }
}
