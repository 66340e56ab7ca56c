import type { Window } from '../geo/window.ts';
import { stripBoundaries } from './strip-boundaries.ts';
import { NO_CATEGORY, classCount, type Categories } from './categories.ts';
import { countPixels, emptyConfusion, hitsOf, type Confusion, type PixelCounts } from './confusion.ts';
import { blockAt, planGroundBlocks, type GroundBlocks } from './ground-blocks.ts';
import { matchObjects } from './match-objects.ts';
import { ObjectTally } from './object-tally.ts';
import { planStrips, type Strip } from './plan-strips.ts';
import { countConfidence, emptyConfidenceTally, type ConfidenceTally } from './reliability.ts';
import { TooManyComponents, type Connectivity } from './run-components.ts';
import { addBoundaryPixel, addToTally, emptyTally, OBJECT_FIELD, type Tally } from './tally.ts';

/** Where the pixels of one scene come from; windows are on the map's grid, row-major uint8, inside the grid. */
export interface ScenePorts {
  /** Class ids, 255 no data. */
  readMap(window: Window): Promise<Uint8Array>;
  /** Class ids, 255 no statement. */
  readLabels(window: Window): Promise<Uint8Array>;
  /** Stored confidence, 0 no data. */
  readConfidence?: (window: Window) => Promise<Uint8Array>;
  /** Number of the label object at each pixel, 0 none: keeps labels apart that touch. Without it, components are taken. */
  readLabelObjects?: (window: Window) => Promise<Uint32Array>;
}

export interface SceneRule {
  readonly blockMetres: number;
  readonly boundaryMetres: number;
  readonly matchIou: number;
  readonly minObjectM2: number;
  readonly minJudgedShare: number;
  readonly connectivity: Connectivity;
  /** Most components of the map or the labels that are followed; beyond it objects are not scored. */
  readonly objectLimit: number;
  /** Pixels of a strip that are in memory at once. */
  readonly stripPixels: number;
}

export interface BlockEvidence {
  readonly confusion: Confusion;
  readonly tally: Tally;
}

/** Everything that was counted in one scene; adds up over scenes. */
export interface SceneEvidence {
  readonly counts: PixelCounts;
  /** Blocks with something to judge, by number. */
  readonly blocks: ReadonlyMap<number, BlockEvidence>;
  readonly groundBlocks: GroundBlocks;
  readonly confidence: ConfidenceTally;
  /** Why objects were not scored, or null. */
  readonly objectsOmitted: string | null;
}

export interface SceneInput {
  readonly grid: { readonly width: number; readonly height: number; readonly gsdMetres: number };
  readonly categories: Categories;
  readonly rule: SceneRule;
  readonly ports: ScenePorts;
  readonly signal?: AbortSignal;
  /** Rows done so far. */
  readonly onRows?: (rows: number) => void;
}

interface State {
  readonly input: SceneInput;
  readonly groundBlocks: GroundBlocks;
  readonly counts: PixelCounts;
  readonly blocks: Map<number, BlockEvidence>;
  readonly confidence: ConfidenceTally;
  objects: ObjectTally | null;
}

/**
 * Compares the map of one scene with its labels, strip by strip: memory does not grow with the scene, but for what is
 * kept per block of ground and per object. Only pixels that carry a label and a prediction are scored. Throws what the
 * ports throw, and the signal's reason.
 */
export async function evaluateScene(input: SceneInput): Promise<SceneEvidence> {
  const { grid, rule, categories, ports } = input;
  const state: State = {
    input,
    groundBlocks: planGroundBlocks(grid, rule.blockMetres),
    counts: { labelled: 0, labelledUnmapped: 0, mapped: 0 },
    blocks: new Map(),
    confidence: emptyConfidenceTally(),
    objects: new ObjectTally({
      width: grid.width,
      firstClass: categories.firstClass,
      connectivity: rule.connectivity,
      limit: rule.objectLimit,
    }),
  };
  const margin = Math.ceil(rule.boundaryMetres / grid.gsdMetres) + 2;
  for (const strip of planStrips(grid, margin, rule.stripPixels)) {
    input.signal?.throwIfAborted();
    const [map, labels, confidence, objects] = await Promise.all([
      ports.readMap(strip.read),
      ports.readLabels(strip.read),
      ports.readConfidence?.(strip.core) ?? null,
      ports.readLabelObjects?.(strip.core) ?? null,
    ]);
    countStrip(state, strip, { map, labels, confidence, objects });
    input.onRows?.(strip.core.y + strip.core.height);
  }
  placeObjects(state);
  addPixelHits(state);
  return {
    counts: state.counts,
    blocks: state.blocks,
    groundBlocks: state.groundBlocks,
    confidence: state.confidence,
    objectsOmitted: state.objects === null ? `more than ${rule.objectLimit} separate patches` : null,
  };
}

interface StripPixels {
  readonly map: Uint8Array;
  readonly labels: Uint8Array;
  readonly confidence: Uint8Array | null;
  readonly objects: Uint32Array | null;
}

function countStrip(state: State, strip: Strip, pixels: StripPixels): void {
  const { categories, grid, rule } = state.input;
  const skipped = (strip.core.y - strip.read.y) * grid.width;
  const core = (data: Uint8Array) => data.subarray(skipped, skipped + grid.width * strip.core.height);
  const [map, labels] = [core(pixels.map), core(pixels.labels)];
  countBlocks(state, strip.core, map, labels);
  if (pixels.confidence !== null)
    countConfidence(state.confidence, { map, labels, confidence: pixels.confidence }, categories);
  const mapIndex = toIndexes(pixels.map, categories);
  const labelIndex = toIndexes(pixels.labels, categories);
  countObjects(state, strip.core, { map: core(mapIndex), labels: core(labelIndex), objects: pixels.objects });
  const boundary = { categories, tolerancePixels: rule.boundaryMetres / grid.gsdMetres };
  stripBoundaries(
    strip,
    { map: mapIndex, labels: labelIndex },
    boundary,
    ({ category, side, x, y, near }) => {
      addBoundaryPixel(blockOf(state, x, y).tally, category - categories.firstClass, side, near);
    },
  );
}

function blockOf(state: State, x: number, y: number): BlockEvidence {
  const index = blockAt(state.groundBlocks, x, y);
  let block = state.blocks.get(index);
  if (block === undefined) {
    const { categories } = state.input;
    block = { confusion: emptyConfusion(categories), tally: emptyTally(classCount(categories)) };
    state.blocks.set(index, block);
  }
  return block;
}

function countBlocks(state: State, core: Window, map: Uint8Array, labels: Uint8Array): void {
  const { width } = core;
  const { categories } = state.input;
  const spare = emptyConfusion(categories);
  for (let row = 0; row < core.height; row += 1) {
    for (let x = 0; x < width; x += state.groundBlocks.pixels) {
      const from = row * width + x;
      const to = row * width + Math.min(x + state.groundBlocks.pixels, width);
      const before = state.counts.labelled - state.counts.labelledUnmapped;
      const known = state.blocks.get(blockAt(state.groundBlocks, x, core.y + row));
      countPixels(known?.confusion ?? spare, state.counts, { labels, map, from, to }, categories);
      if (known !== undefined || state.counts.labelled - state.counts.labelledUnmapped === before) continue;
      blockOf(state, x, core.y + row).confusion.set(spare);
      spare.fill(0);
    }
  }
}

function toIndexes(values: Uint8Array, { indexOf }: Categories): Uint8Array {
  const out = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i += 1) out[i] = indexOf[values[i] ?? NO_CATEGORY] ?? NO_CATEGORY;
  return out;
}

function countObjects(
  state: State,
  core: Window,
  pixels: { map: Uint8Array; labels: Uint8Array; objects: Uint32Array | null },
): void {
  if (state.objects === null) return;
  try {
    for (let row = 0; row < core.height; row += 1) {
      const [from, to] = [row * core.width, (row + 1) * core.width];
      const objects = pixels.objects?.subarray(from, to) ?? null;
      state.objects.addRow(
        core.y + row,
        pixels.map.subarray(from, to),
        pixels.labels.subarray(from, to),
        objects,
      );
    }
  } catch (error) {
    if (!(error instanceof TooManyComponents)) throw error;
    state.objects = null;
  }
}

function placeObjects(state: State): void {
  if (state.objects === null) return;
  const { rule, grid, categories } = state.input;
  const judged = matchObjects(state.objects.finish(), {
    iou: rule.matchIou,
    minPixels: rule.minObjectM2 / (grid.gsdMetres * grid.gsdMetres),
    minJudgedShare: rule.minJudgedShare,
  });
  for (const { verdict, category, x, y } of judged) {
    addToTally(blockOf(state, x, y).tally, category - categories.firstClass, OBJECT_FIELD[verdict], 1);
  }
}

function addPixelHits(state: State): void {
  const { categories } = state.input;
  for (const { confusion, tally } of state.blocks.values()) {
    for (let c = 0; c < classCount(categories); c += 1) {
      const hits = hitsOf(confusion, c + categories.firstClass);
      addToTally(tally, c, 'truePositive', hits.truePositive);
      addToTally(tally, c, 'falsePositive', hits.falsePositive);
      addToTally(tally, c, 'falseNegative', hits.falseNegative);
    }
  }
}
