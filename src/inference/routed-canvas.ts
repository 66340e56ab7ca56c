import { intersectWindows, type Window } from '../geo/window.ts';
import { NO_CLASS } from '../model/class-record.ts';
import type { ClassTarget } from '../model/decode.ts';
import { placementOf } from '../model/placement.ts';
import type { BorderBlend } from './border-blend.ts';
import { countValid, type CanvasMemory, type Layers } from './canvas.ts';
import { NO_BUCKET, NO_MARGIN, UNKNOWN_BUCKET } from './map-layers.ts';
import type { RoutedCell } from './route-row.ts';

/** The four layers of a routed region. */
export class RoutedCanvas {
  readonly #region: Window;
  readonly #layers: Layers;
  readonly #bucket: Uint8Array;
  readonly #margin: Uint8Array;
  readonly counts: { readonly buckets: number[]; unknown: number; uncoded: number; yielded: number };

  constructor(region: Window, memory: CanvasMemory, buckets: number) {
    const pixels = region.width * region.height;
    this.#region = region;
    this.#layers = memory.take(pixels);
    this.#layers.classes.fill(NO_CLASS);
    this.#layers.confidence.fill(0);
    [this.#bucket, this.#margin] = memory.takeRouted(pixels);
    this.#bucket.fill(NO_BUCKET);
    this.#margin.fill(NO_MARGIN);
    this.counts = { buckets: Array.from({ length: buckets }, () => 0), unknown: 0, uncoded: 0, yielded: 0 };
  }

  /** Paints and counts where a cell belongs; those outside the region are left alone. */
  route({ window, route, yields }: RoutedCell): void {
    const keep = intersectWindows(window, this.#region);
    if (keep === null) return;
    const known = route !== null && !route.unknown;
    if (keep.x === window.x && keep.y === window.y) {
      this.#count(route);
      this.counts.yielded += yields ? 1 : 0;
    }
    const { offset, stride } = placementOf(this.#region, keep);
    for (let row = 0; row < keep.height; row += 1) {
      const start = offset + row * stride;
      this.#bucket.fill(known ? route.bucket : UNKNOWN_BUCKET, start, start + keep.width);
      this.#margin.fill(Math.min(route?.margin ?? 0, NO_MARGIN - 1), start, start + keep.width);
    }
  }

  #count(route: RoutedCell['route']): void {
    if (route === null) this.counts.uncoded += 1;
    else if (route.unknown) this.counts.unknown += 1;
    else this.counts.buckets[route.bucket] = (this.counts.buckets[route.bucket] ?? 0) + 1;
  }

  /** Where a part of the region is decoded to. */
  target(keep: Window): ClassTarget {
    return { ...this.#layers, at: placementOf(this.#region, keep) };
  }

  /** Blends the borders; bucket and margin stay only where there is data. */
  finish(blend: BorderBlend | null): Layers & {
    bucket: Uint8Array;
    margin: Uint8Array;
    validPixels: number;
  } {
    blend?.finish(this.#layers);
    const { confidence } = this.#layers;
    for (let i = 0; i < confidence.length; i += 1) {
      if (confidence[i] !== 0) continue;
      this.#bucket[i] = NO_BUCKET;
      this.#margin[i] = NO_MARGIN;
    }
    const validPixels = countValid(this.#layers);
    return { ...this.#layers, bucket: this.#bucket, margin: this.#margin, validPixels };
  }
}
