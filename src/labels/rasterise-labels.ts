import type { Window } from '../geo/window.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import type { LabelObject } from './label-objects.ts';
import { openSceneLabels, type LabelTarget } from './scene-labels.ts';

/**
 * The labels of one window in one call: class ids (height, width), 0 background, 255 no statement. Opens and closes the
 * sources; for many windows keep `openSceneLabels` open instead. Semantics and errors as there.
 */
export async function rasteriseLabels(
  target: LabelTarget,
  window: Window,
  sources: readonly LabelSource[],
): Promise<Uint8Array> {
  const labels = await openSceneLabels(target, sources);
  try {
    return await labels.rasterise(window);
  } finally {
    labels.close();
  }
}

/** The labelled objects of a scene, as polygons in grid pixels with their class ids, in painting order. */
export async function readLabelObjects(
  target: LabelTarget,
  sources: readonly LabelSource[],
): Promise<readonly LabelObject[]> {
  const labels = await openSceneLabels(target, sources);
  labels.close();
  return labels.objects;
}
