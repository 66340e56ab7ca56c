import { randomInt, seededRandom, type Random } from '../core/random.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import type { Split } from '../workspace/scene-record.ts';
import type { BlockSplit } from '../workspace/split-record.ts';

/** A scene as the split sees it; `weight` is how much label it brings. */
export interface SplitScene {
  readonly id: string;
  readonly place: string;
  readonly weight: number;
  /** Given with the scene; it stays. */
  readonly fixed: Split | null;
}

export interface SplitShares {
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
}

/**
 * Splits by place, never a place in two: places are shuffled by the seed, and taken for test, then for validation, while
 * that brings the split nearer to its share of the weight (one place at least where a share is asked for and a place is
 * left for training). Scenes with a fixed split keep it, and their place follows where they agree. Pure.
 */
export function splitByPlace(scenes: readonly SplitScene[], shares: SplitShares): Record<string, Split> {
  const fixed = new Map<string, Set<Split>>();
  const weights = new Map<string, number>();
  for (const scene of scenes) {
    weights.set(scene.place, (weights.get(scene.place) ?? 0) + scene.weight);
    if (scene.fixed !== null) fixed.set(scene.place, (fixed.get(scene.place) ?? new Set()).add(scene.fixed));
  }
  const free = shuffled(
    [...weights.keys()].filter((place) => !fixed.has(place)).sort(),
    seededRandom(shares.seed),
  );
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const has = (split: Split) => scenes.some((scene) => scene.fixed === split);
  const test = shares.test > 0 && !has('test') ? takePlaces(free, weights, shares.test * total) : [];
  const rest = free.filter((place) => !test.includes(place));
  const validation =
    shares.validation > 0 && !has('validation') ? takePlaces(rest, weights, shares.validation * total) : [];
  const ofPlace = (place: string): Split => {
    const [only, second] = fixed.get(place) ?? [];
    if (only !== undefined) return second === undefined ? only : 'train';
    return test.includes(place) ? 'test' : validation.includes(place) ? 'validation' : 'train';
  };
  return Object.fromEntries(scenes.map((scene) => [scene.id, scene.fixed ?? ofPlace(scene.place)]));
}

function takePlaces(
  places: readonly string[],
  weights: ReadonlyMap<string, number>,
  wanted: number,
): string[] {
  const weightOf = (place: string) => weights.get(place) ?? 0;
  const taken: string[] = [];
  let sum = 0;
  for (const place of places) {
    const weight = weightOf(place);
    if (Math.abs(sum + weight - wanted) >= Math.abs(sum - wanted) || taken.length + 1 >= places.length)
      continue;
    taken.push(place);
    sum += weight;
  }
  if (taken.length > 0 || places.length < 2) return taken;
  return [...places].sort((a, b) => weightOf(a) - weightOf(b)).slice(0, 1);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = randomInt(random, i + 1);
    const [a, b] = [out[i], out[j]];
    if (a === undefined || b === undefined) continue;
    out[i] = b;
    out[j] = a;
  }
  return out;
}

/**
 * Cuts a scene's grid into square blocks of ground and gives each to one split, by the seed: as many as the shares ask
 * for, one at least. Throws RangeError where there are fewer blocks than splits. Pure.
 */
export function splitByBlocks(
  grid: WorkingGrid,
  shares: SplitShares,
  size: { blockPixels: number; guardPixels: number },
): BlockSplit {
  const columns = Math.ceil(grid.width / size.blockPixels);
  const rows = Math.ceil(grid.height / size.blockPixels);
  const count = columns * rows;
  const wanted = (share: number) => (share > 0 ? Math.max(1, Math.round(share * count)) : 0);
  const [test, validation] = [wanted(shares.test), wanted(shares.validation)];
  if (test + validation >= count)
    throw new RangeError(`${count} blocks are too few for ${test} of test and ${validation} of validation`);
  const splits = new Array<Split>(count).fill('train');
  shuffled([...splits.keys()], seededRandom(shares.seed)).forEach((block, i) => {
    if (i < test) splits[block] = 'test';
    else if (i < test + validation) splits[block] = 'validation';
  });
  return { ...size, columns, rows, splits };
}

/** Whether a pixel's label may be used in a split: in a block of that split and, for training, a guard band away from all others. */
export function blockAllows(blocks: BlockSplit, split: Split, pixel: { x: number; y: number }): boolean {
  const at = (x: number, y: number): Split | undefined => {
    const column = Math.min(blocks.columns - 1, Math.max(0, Math.floor(x / blocks.blockPixels)));
    const row = Math.min(blocks.rows - 1, Math.max(0, Math.floor(y / blocks.blockPixels)));
    return blocks.splits[row * blocks.columns + column];
  };
  if (at(pixel.x, pixel.y) !== split) return false;
  if (split !== 'train') return true;
  const g = blocks.guardPixels;
  return [-g, 0, g].every((dy) => [-g, 0, g].every((dx) => at(pixel.x + dx, pixel.y + dy) === split));
}
