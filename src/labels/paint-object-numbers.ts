import type { Window } from '../geo/window.ts';
import { boxMeetsWindow, fillPolygon } from './fill-polygon.ts';
import type { LabelObject } from './label-objects.ts';

/**
 * The number of the labelled object at each pixel of a window, (height, width): its position in `objects` plus one, 0
 * where there is none. Painted in order, as the labels are, so that the later of two overlapping objects wins.
 */
export function paintObjectNumbers(window: Window, objects: readonly LabelObject[]): Uint32Array {
  const out = new Uint32Array(window.width * window.height);
  objects.forEach(({ box, rings }, i) => {
    if (boxMeetsWindow(box, window)) fillPolygon(out, window, rings, i + 1);
  });
  return out;
}
