import { peakResidentMiB } from '../engine/memory.ts';
import type { ProbeRequest } from '../engine/protocol.ts';
import { BATCHES_HELD, BATCH_MIB, type ModelProbe } from '../inference/memory-estimate.ts';
import type { ModelSession, NetworkSession } from '../model/onnx-session.ts';

const PROBE_RUNS = 2;

/**
 * Measures models that are to be open together, one after the other: memory is what all of them took, time that of the
 * first. Each is opened in its turn.
 */
export async function measureModels(
  open: readonly (() => Promise<ModelSession>)[],
  request: ProbeRequest,
): Promise<ModelProbe> {
  const [first, ...others] = open;
  if (first === undefined) throw new RangeError('nothing to measure');
  const measured = await measureModel(await first(), request);
  // They keep what they took: a session's memory grows to its largest input and stays.
  let { peakMemoryMiB } = measured;
  for (const other of others) ({ peakMemoryMiB } = await measureModel(await other(), request, 1));
  return { ...measured, peakMemoryMiB, firstPeakMiB: measured.peakMemoryMiB };
}

/** Runs a model on pixels of zeros: once to warm up, then for the clock. The pixels' values do not change the cost. */
async function measureModel(session: ModelSession, request: ProbeRequest, runs = PROBE_RUNS) {
  if (session.variant === 'noop') return { secondsPerMegapixel: 0, peakMemoryMiB: peakResidentMiB() };
  const { width, height } = inputOf(session, request);
  const n = session.batch ?? 1;
  const pixels = new Float32Array(n * request.bands * width * height);
  const shape = { n, c: request.bands, h: height, w: width };
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const start = process.hrtime.bigint();
    await session.run(pixels, shape);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
  }
  return {
    secondsPerMegapixel: best / ((n * width * height) / 1e6),
    peakMemoryMiB: peakResidentMiB() + (session.imagesAtOnce === undefined ? 0 : BATCHES_HELD * BATCH_MIB),
  };
}

/** The input asked for, or the next one that the network can take. */
function inputOf({ card }: NetworkSession, { input }: ProbeRequest): { width: number; height: number } {
  const { fixed, multiple } = card.input;
  if (fixed !== null) return fixed;
  const side = (length: number) => Math.ceil(length / multiple) * multiple;
  return { width: side(input.width), height: side(input.height) };
}
