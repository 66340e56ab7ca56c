import { chooseWorst } from '../evaluation/report/choose-worst.ts';
import { encodePicture } from '../evaluation/report/encode-picture.ts';
import { paintClasses, paintErrors } from '../evaluation/report/paint.ts';
import type { PictureSet, ScenePictures, WorstPicture } from '../evaluation/report/report-data.ts';
import { chooseDisplay, toPicture } from '../evaluation/report/scene-picture.ts';
import type { Evaluation, WorstBlock } from '../evaluation/schema.ts';
import { growWindow, intersectWindows, type Window } from '../geo/window.ts';
import { planWorkingGrid, type WorkingGrid } from '../geo/working-grid.ts';
import { openSceneLabels } from '../labels/scene-labels.ts';
import { openSceneReader } from '../raster/scene-reader.ts';
import { gridSourceOf, sceneGrid, sceneSource } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';
import type { CommandContext } from './command.ts';
import { openMapLayer } from './open-map-layer.ts';
import type { RunEvaluation } from './open-run-evaluation.ts';

/** Pictures beyond these would make the page too heavy to send: the longest side by the number of scenes. */
const SIDE_BY_SCENES = [
  [2, 1600],
  [4, 1200],
  [8, 900],
  [16, 640],
] as const;
const LEAST_SIDE = 480;
const MOST_SCENES = 24;
/** Small scenes are shown finer than the working grid, as far as their own pixels go. */
const SMALL_SIDE = 700;
const CROP_SIDE = 420;
const CONTEXT_SHARE = 0.2;

/** Draws every evaluated scene and its worst places. Reads a shrunken image, map and labels; nothing is kept on disk. */
export async function drawReportImages(
  opened: RunEvaluation,
  evaluation: Evaluation,
  context: CommandContext,
): Promise<{ scenes: ScenePictures[]; worst: WorstPicture[] }> {
  const shown = evaluation.scenes.slice(0, MOST_SCENES);
  const side = SIDE_BY_SCENES.find(([scenes]) => shown.length <= scenes)?.[1] ?? LEAST_SIDE;
  const blocks = chooseWorst(evaluation);
  context.progress.start('Drawing', shown.length + blocks.length, 'pictures');
  const scenes: ScenePictures[] = [];
  const worst: WorstPicture[] = [];
  for (const { scene } of shown) {
    context.signal.throwIfAborted();
    const item = await readScene(context.workspace, scene);
    const grid = sceneGrid(item, opened.run.parameters.gsdMetres);
    const whole = { x: 0, y: 0, width: grid.width, height: grid.height };
    const longest = Math.min(side, Math.max(SMALL_SIDE, grid.width, grid.height));
    scenes.push({ scene, grid, pictures: await drawWindow(opened, item, whole, { longest, labels: false }) });
    context.progress.update(scenes.length);
  }
  for (const block of blocks) {
    context.signal.throwIfAborted();
    worst.push(await drawWorst(opened, await readScene(context.workspace, block.scene), block));
    context.progress.update(scenes.length + worst.length);
  }
  context.progress.stop();
  return { scenes, worst };
}

async function drawWorst(opened: RunEvaluation, item: SceneItem, block: WorstBlock): Promise<WorstPicture> {
  const grid = sceneGrid(item, opened.run.parameters.gsdMetres);
  const own = block.window;
  const margin = Math.round(CONTEXT_SHARE * Math.max(own.width, own.height));
  const crop =
    intersectWindows(growWindow(own, margin), { x: 0, y: 0, width: grid.width, height: grid.height }) ?? own;
  return {
    block,
    pictures: await drawWindow(opened, item, crop, { longest: CROP_SIDE, labels: true }),
    frame: {
      left: (own.x - crop.x) / crop.width,
      top: (own.y - crop.y) / crop.height,
      width: own.width / crop.width,
      height: own.height / crop.height,
    },
  };
}

/** `window` is on the working grid; pictures get about `longest` pixels, no finer than the scene's own. */
async function drawWindow(
  opened: RunEvaluation,
  item: SceneItem,
  window: Window,
  how: { longest: number; labels: boolean },
): Promise<PictureSet> {
  const { categories } = opened;
  const grid = sceneGrid(item, opened.run.parameters.gsdMetres);
  const target = pictureGrid(item, grid, window, how.longest);
  const image = await drawImage(item, target);
  const { labels, map } = await readValues(opened, item, { window, grid, target });
  const pixels = { labels, map };
  return {
    image: await encodePicture(image),
    labels: how.labels ? await encodePicture(paintClasses(image, labels, categories, 0.85)) : null,
    map: await encodePicture(paintClasses(image, map, categories, how.labels ? 0.85 : 0.6)),
    errors: await encodePicture(paintErrors(image, pixels, categories)),
    width: target.window.width,
    height: target.window.height,
    metresWide: window.width * grid.gsdMetres,
  };
}

interface Target {
  readonly grid: WorkingGrid;
  readonly window: Window;
}

function pictureGrid(item: SceneItem, grid: WorkingGrid, window: Window, longest: number): Target {
  const own = item.properties.gsd;
  const gsd = Math.max(own, (grid.gsdMetres * Math.max(window.width, window.height)) / longest);
  const finer = planWorkingGrid(gridSourceOf(item), gsd);
  const [kx, ky] = [grid.scaleX / finer.scaleX, grid.scaleY / finer.scaleY];
  const [x, y] = [Math.round(window.x * kx), Math.round(window.y * ky)];
  return {
    grid: finer,
    window: {
      x,
      y,
      width: Math.max(1, Math.min(finer.width - x, Math.round(window.width * kx))),
      height: Math.max(1, Math.min(finer.height - y, Math.round(window.height * ky))),
    },
  };
}

async function drawImage(item: SceneItem, { grid, window }: Target) {
  const display = chooseDisplay(item.assets.image.bands);
  if (display === null) throw new RangeError(`scene ${item.id} has no bands`);
  const indices = [...new Set(display.bands.map(({ index }) => index))];
  const reader = await openSceneReader(sceneSource(item, indices), grid);
  try {
    return toPicture(await reader.read(window), display);
  } finally {
    reader.close();
  }
}

async function readValues(
  { run, application, sources }: RunEvaluation,
  item: SceneItem,
  { window, grid, target }: { window: Window; grid: WorkingGrid; target: Target },
): Promise<{ labels: Uint8Array; map: Uint8Array }> {
  const layer = await openMapLayer(run, item, grid, 'class');
  try {
    const map = await layer.readShrunk(window, target.window.width, target.window.height);
    const labels = await openSceneLabels({ scene: item, grid: target.grid, app: application }, sources);
    try {
      return { map, labels: await labels.rasterise(target.window) };
    } finally {
      labels.close();
    }
  } finally {
    layer.close();
  }
}
