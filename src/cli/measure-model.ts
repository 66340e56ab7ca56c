import { peakResidentMiB } from '../engine/memory.ts';
import type { ProbeRequest } from '../engine/protocol.ts';
import type { ModelSession } from '../model/onnx-session.ts';

const PROBE_RUNS = 2;

/** Runs a model on pixels of zeros: once to warm up, then for the clock. The pixels' values do not change the cost. */
export async function measureModel(session: ModelSession, request: ProbeRequest) {
  if (session.variant === 'noop') return { secondsPerMegapixel: 0, peakMemoryMiB: peakResidentMiB() };
  const { width, height } = request.input;
  const n = session.batch ?? 1;
  const pixels = new Float32Array(n * request.bands * width * height);
  const shape = { n, c: request.bands, h: height, w: width };
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < PROBE_RUNS; run += 1) {
    const start = process.hrtime.bigint();
    await session.run(pixels, shape);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
  }
  return {
    secondsPerMegapixel: best / ((n * width * height) / 1e6),
    peakMemoryMiB: peakResidentMiB(),
  };
}
