import type { MapParameters } from '../engine/protocol.ts';

const MIB = 1024 * 1024;

/** What one measured run of the model told about its cost; zeros for the no-op classifier. */
export interface ModelProbe {
  readonly secondsPerMegapixel: number;
  /** Resident memory of a worker that has run the model once on the largest input; on a device, with batches of BATCH_MIB. */
  readonly peakMemoryMiB: number;
  /** The same where only the first of several models is open. */
  readonly firstPeakMiB: number;
}

/** What a probe of two of several models (the costliest beside the first) would have measured with so many of them open. */
export const withOpenModels = (probe: ModelProbe, open: number): ModelProbe => ({
  ...probe,
  peakMemoryMiB: probe.firstPeakMiB + (open - 1) * (probe.peakMemoryMiB - probe.firstPeakMiB),
});

export interface MemoryNeeds {
  readonly parameters: MapParameters;
  readonly regionPixels: number;
  readonly bands: number;
  readonly bytesPerSample: number;
  readonly layers: number;
  /** Of the network's output. */
  readonly channels: number;
  /** Several models: strips hold what lies beside the region, too, and the encoder is there. */
  readonly routed: boolean;
  /** Source pixels per grid pixel along an axis, the larger of both; below 1 where scenes are up-sampled. */
  readonly scale: number;
}

/** Block cache of the raster library, code and heap growth of a worker; measured, rounded up. */
const WORKER_MARGIN_MIB = 160;
/** Encoder and hash network with a batch of chips; measured, rounded up. */
const ROUTER_MIB = 160;
export const COORDINATOR_MIB = 220;
/** Input and logits of a batch of several images, at most: on a device, where such batches pay. */
export const BATCH_MIB = 128;
/** Batches that are there at once: one that is made, one that is computed (with a copy of its input), one handed out. */
export const BATCHES_HELD = 3;
/** Rows of chips whose pixels are there: painted, computed, and read ahead. */
const STRIPS = 3;
/** Floats of a pixel where chips blend, beside its channels: a sum of weights or thresholds, and a margin. */
const BLENDED_PLANES = 2;
/** Source rows that one read holds at once, at most (the reader works in strips of about this size). */
const NATIVE_STRIP_MIB = 96;

/**
 * Peak memory of one worker in MiB: the probe's measurement, the layers of a region that is painted and of one that is
 * encoded, with its encoded form, two strips of pixels (the current and the one read ahead), and what one native read holds.
 */
export function estimateWorkerMiB(needs: MemoryNeeds, probe: ModelProbe): number {
  const { parameters, regionPixels: side } = needs;
  const layers = side * side * needs.layers * 2.5;
  const blending = parameters.blendPixels > 0 ? side * side * 4 * (needs.channels + BLENDED_PLANES) : 0;
  const context = 2 * parameters.haloPixels;
  const beside = needs.routed && parameters.blendPixels > 0 ? 2 * parameters.corePixels : 0;
  const stripPixels = (side + beside + context) * (parameters.corePixels + context);
  const strips = STRIPS * stripPixels * (needs.bands * needs.bytesPerSample + 1);
  const native = Math.min(
    NATIVE_STRIP_MIB,
    (stripPixels * needs.scale * needs.scale * needs.bands * needs.bytesPerSample) / MIB,
  );
  const router = needs.routed ? ROUTER_MIB : 0;
  return Math.ceil(
    probe.peakMemoryMiB + WORKER_MARGIN_MIB + router + native + (layers + blending + strips) / MIB,
  );
}
