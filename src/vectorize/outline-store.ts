import { longerArray } from '../core/longer-array.ts';

/** The outline touches itself here, or another part of its value. */
export const SADDLE = 1;
/** Three or more areas meet, or the outline crosses a line between strips: it may not be moved. */
export const ANCHOR = 2;

/** `next` of a point whose successor is not known yet. */
export const NONE = -1;

/**
 * Points of outlines, each with the number of the point after it: chains that grow at both ends and are joined by
 * writing one number. Coordinates are grid lines of the whole raster.
 */
export class OutlineStore {
  x = new Int32Array(4096);
  y = new Int32Array(4096);
  next = new Int32Array(4096);
  /** Label of the part whose outline it is. */
  part = new Int32Array(4096);
  flag = new Uint8Array(4096);
  count = 0;

  add(x: number, y: number, part: number, flag: number): number {
    const at = this.count;
    if (at === this.x.length) this.#grow();
    this.x[at] = x;
    this.y[at] = y;
    this.next[at] = NONE;
    this.part[at] = part;
    this.flag[at] = flag;
    this.count = at + 1;
    return at;
  }

  #grow(): void {
    this.x = longerArray(this.x);
    this.y = longerArray(this.y);
    this.next = longerArray(this.next);
    this.part = longerArray(this.part);
    this.flag = longerArray(this.flag);
  }
}
