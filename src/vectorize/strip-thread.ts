import { parentPort, workerData } from 'node:worker_threads';
import { batchBuffers } from './object-batch.ts';
import type { StripPixels } from './strip-scan.ts';
import { traceStrip, type TraceRule } from './trace-strip.ts';

/** Entry of a thread that traces strips, one after the other; `workerData` is the rule. */
const rule = workerData as TraceRule;

parentPort?.on('message', (pixels: StripPixels) => {
  const traced = traceStrip(pixels, rule);
  parentPort?.postMessage(traced, batchBuffers(traced.objects));
});
