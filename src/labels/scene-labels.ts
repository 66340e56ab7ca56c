import { contractError, ResflowError } from '../core/errors.ts';
import type { Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { NO_CLASS } from '../model/class-record.ts';
import { checkIdentity } from '../raster/source-identity.ts';
import type { Application } from '../workspace/application-record.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { lookupClass, ownNames } from './class-map.ts';
import { boxMeetsWindow, fillPolygon } from './fill-polygon.ts';
import { isObject, readObjects, type LabelObject } from './label-objects.ts';
import { openLabelRaster, type LabelRaster } from './label-raster.ts';
import { frameScene } from './scene-frame.ts';
import { openVectorSource, requireCrs } from './vector-source.ts';

/** What is to be labelled. */
export interface LabelTarget {
  readonly scene: SceneItem;
  readonly grid: WorkingGrid;
  readonly app: Application;
}

/** All labels of one scene on one grid. Vectors are held in memory as pixel polygons; rasters are read by window. */
export interface SceneLabels {
  /**
   * Class ids of a window, (height, width): 0 background, 1..254 classes, 255 no statement. A pixel belongs to a polygon
   * that holds its centre. First everything that a source declares complete is background, then the sources are painted,
   * oldest first, each in its file's order. Pixels beyond the grid's edges are 255. The scene's no-data is not looked at:
   * see `maskLabels`. A pixel does not depend on the window.
   */
  rasterise(window: Window): Promise<Uint8Array>;
  /** The labelled objects of the vector sources, in painting order. */
  readonly objects: readonly LabelObject[];
  close(): void;
}

type Layer =
  | { readonly kind: 'vector'; readonly objects: readonly LabelObject[] }
  | { readonly kind: 'raster'; readonly raster: LabelRaster };

interface Opened {
  readonly complete: 'nowhere' | 'everywhere' | readonly LabelObject[];
  readonly layer: Layer;
}

/** The sources that speak about a scene. */
export const sourcesOf = (scene: SceneItem, sources: readonly LabelSource[]): LabelSource[] =>
  sources.filter((source) => source.coverage.some(({ scene: id }) => id === scene.id));

/**
 * Opens the labels of one scene: those of `sources` whose coverage names it. Throws contract error LABEL_CHANGED where
 * a file is not the one that was added, and the errors of reading it.
 */
export async function openSceneLabels(
  target: LabelTarget,
  sources: readonly LabelSource[],
): Promise<SceneLabels> {
  const opened: Opened[] = [];
  const close = () => opened.forEach(({ layer }) => layer.kind === 'raster' && layer.raster.close());
  try {
    for (const source of sourcesOf(target.scene, sources)) opened.push(await openSource(target, source));
  } catch (error) {
    close();
    throw error;
  }
  const objects = opened.flatMap(({ layer }) =>
    layer.kind === 'vector' ? layer.objects.filter(isObject) : [],
  );
  return { rasterise: (window) => rasterise(target, opened, window), objects, close };
}

async function openSource(target: LabelTarget, source: LabelSource): Promise<Opened> {
  await checkLabelIdentity(source);
  const complete = await completeArea(target, source);
  const { classOf } = source;
  if (classOf.kind === 'pixel') {
    const raster = await openLabelRaster(source.source.href, target, {
      map: classOf.map,
      crs: source.crs,
      pixelOnPixel: true,
    });
    return { complete, layer: { kind: 'raster', raster } };
  }
  return { complete, layer: { kind: 'vector', objects: await objectsOf(target, source) } };
}

async function checkLabelIdentity(source: LabelSource): Promise<void> {
  try {
    await checkIdentity(source.source);
    if (source.complete.kind === 'polygons') await checkIdentity(source.complete.source);
  } catch (error) {
    if (!(error instanceof ResflowError) || error.code !== 'SOURCE_CHANGED') throw error;
    throw contractError('LABEL_CHANGED', error.message, {
      hint: `If the new file is right, run \`resflow label remove ${source.application} ${source.id}\` and add it again.`,
      context: { ...error.context, label: source.id },
      cause: error,
    });
  }
}

async function completeArea(target: LabelTarget, source: LabelSource): Promise<Opened['complete']> {
  if (source.complete.kind === 'none' || !target.app.background) return 'nowhere';
  if (source.complete.kind === 'scene') return 'everywhere';
  return readCompleteAreas(target, source.complete.source.href);
}

/** The polygons of a file inside which absence of a label means background, on the target's grid. */
export async function readCompleteAreas(
  { scene, grid }: Pick<LabelTarget, 'scene' | 'grid'>,
  href: string,
): Promise<readonly LabelObject[]> {
  const source = await openVectorSource(href, { layer: null, crs: null });
  try {
    const frame = frameScene(scene, grid, requireCrs(source));
    const read = await readObjects(source, [frame], {
      attribute: null,
      classOf: () => 0,
      bufferMetres: null,
    });
    return read.perFrame[0] ?? [];
  } finally {
    source.close();
  }
}

async function objectsOf(
  { scene, grid, app }: LabelTarget,
  record: LabelSource,
): Promise<readonly LabelObject[]> {
  const { classOf } = record;
  const source = await openVectorSource(record.source.href, { layer: record.layer, crs: record.crs });
  try {
    const frame = frameScene(scene, grid, requireCrs(source));
    const attribute = classOf.kind === 'attribute' ? classOf.attribute : null;
    const where = { file: source.href, attribute: attribute ?? '', known: Object.keys(ownNames(app)) };
    const rule = classOf.kind === 'constant' ? () => classOf.classId : lookupClass(classOf.map, where);
    const read = await readObjects(source, [frame], {
      attribute,
      classOf: rule,
      bufferMetres: record.bufferMetres,
    });
    return read.perFrame[0] ?? [];
  } finally {
    source.close();
  }
}

async function rasterise(
  { grid, app }: LabelTarget,
  opened: readonly Opened[],
  window: Window,
): Promise<Uint8Array> {
  const out = new Uint8Array(window.width * window.height).fill(NO_CLASS);
  for (const { complete } of opened) {
    if (complete === 'everywhere') out.fill(0);
    else if (complete !== 'nowhere') paintObjects(out, window, complete);
  }
  for (const { layer } of opened) {
    if (layer.kind === 'vector') paintObjects(out, window, layer.objects);
    else await layer.raster.paint(out, window);
  }
  clearBeyond(out, window, grid);
  if (!app.background) out.forEach((id, i) => id === 0 && out.fill(NO_CLASS, i, i + 1));
  return out;
}

function paintObjects(out: Uint8Array, window: Window, objects: readonly LabelObject[]): void {
  for (const { box, rings, classId } of objects) {
    if (boxMeetsWindow(box, window)) fillPolygon(out, window, rings, classId);
  }
}

/** Beyond the scene's edges nothing is stated. */
function clearBeyond(out: Uint8Array, window: Window, grid: WorkingGrid): void {
  const left = Math.min(window.width, Math.max(0, -window.x));
  const right = Math.max(left, Math.min(window.width, grid.width - window.x));
  for (let row = 0; row < window.height; row++) {
    const start = row * window.width;
    const inside = window.y + row >= 0 && window.y + row < grid.height;
    if (!inside) out.fill(NO_CLASS, start, start + window.width);
    else {
      out.fill(NO_CLASS, start, start + left);
      out.fill(NO_CLASS, start + right, start + window.width);
    }
  }
}

/** Makes pixels without data (valid 0) say nothing, in place. */
export function maskLabels(labels: Uint8Array, valid: Uint8Array): void {
  for (let i = 0; i < labels.length; i++) if (valid[i] === 0) labels[i] = NO_CLASS;
}
