import { ObjectBatchBuilder, type ObjectBatch } from './object-batch.ts';
import type { OpenStrip } from './open-strip.ts';
import { addObject, type RegulariseRule } from './regularise.ts';
import { seamZone, type SeamRule } from './seam-zone.ts';
import type { SimplifyRule } from './simplify-path.ts';
import { collectOutlines } from './strip-outlines.ts';
import { scanStrip, type Connectivity, type StripPixels } from './strip-scan.ts';

/** How objects are made of pixels; the same for all strips of a raster. */
export interface TraceRule {
  /** [value]: 1 where pixels of that value are objects. */
  readonly wanted: Uint8Array;
  readonly connectivity: Connectivity;
  readonly simplify: SimplifyRule | null;
  readonly regularise: RegulariseRule | null;
  readonly seams: SeamRule | null;
  /** Rows of the raster. */
  readonly height: number;
}

/** What a strip gives: its own objects, finished, and what has to be joined with other strips. */
export interface TracedStrip {
  readonly objects: ObjectBatch;
  readonly open: OpenStrip;
}

/** Traces one strip. Pure: the same pixels give the same answer on any thread. */
export function traceStrip(pixels: StripPixels, rule: TraceRule): TracedStrip {
  const { width, strip } = pixels;
  const scan = scanStrip(pixels, {
    wanted: rule.wanted,
    connectivity: rule.connectivity,
    seams: rule.seams === null ? null : seamZone(rule.seams, width, rule.height, strip),
    anchors: rule.simplify !== null,
  });
  const builder = new ObjectBatchBuilder();
  const open = collectOutlines(scan, pixels, rule.simplify, (sums, polygons) =>
    addObject(builder, [sums, polygons], rule.regularise),
  );
  return { objects: builder.finish(), open };
}
