import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom, type Random } from '../core/random.ts';
import type { Window } from '../geo/window.ts';
import { buildCategories } from './categories.ts';
import { evaluateScene, type SceneEvidence } from './evaluate-scene.ts';
import { scoreSet, placeMean, type ScoreRule } from './score-set.ts';
import { summarise } from './summarise.ts';
import { worstBlocks } from './worst-blocks.ts';

const classes = [
  { id: 1, name: 'house', colour: '#ff0000' },
  { id: 7, name: 'road', colour: '#00ff00' },
];
const categories = buildCategories(classes, true);
const rule = {
  blockMetres: 10,
  boundaryMetres: 1,
  matchIou: 0.5,
  minObjectM2: 0,
  minJudgedShare: 0.5,
  connectivity: 4 as const,
  objectLimit: 10_000,
  stripPixels: 16 * 200,
};
const scoring: ScoreRule = {
  categories,
  bootstrap: { replicates: 200, seed: 1, level: 0.95 },
  reliabilityBins: 15,
  confidenceScale: 1 / 255,
  minReliableBlocks: 20,
};

interface Scene {
  width: number;
  height: number;
  map: Uint8Array;
  labels: Uint8Array;
  confidence: Uint8Array;
}

function evaluate(scene: Scene, over: Partial<typeof rule> = {}): Promise<SceneEvidence> {
  const cut = (data: Uint8Array) => async (w: Window) => {
    const out = new Uint8Array(w.width * w.height);
    for (let y = 0; y < w.height; y += 1) {
      out.set(
        data.subarray((w.y + y) * scene.width + w.x, (w.y + y) * scene.width + w.x + w.width),
        y * w.width,
      );
    }
    return out;
  };
  return evaluateScene({
    grid: { width: scene.width, height: scene.height, gsdMetres: 0.5 },
    categories,
    rule: { ...rule, ...over },
    ports: { readMap: cut(scene.map), readLabels: cut(scene.labels), readConfidence: cut(scene.confidence) },
  });
}

function makeScene(random: Random, noise: number): Scene {
  const [width, height] = [200, 160];
  const labels = new Uint8Array(width * height);
  for (let n = 0; n < 90; n += 1) {
    const [x, y, side] = [
      randomInt(random, width - 12),
      randomInt(random, height - 12),
      4 + randomInt(random, 8),
    ];
    for (let i = y; i < y + side; i += 1)
      labels.fill(n % 3 === 0 ? 7 : 1, i * width + x, i * width + x + side);
  }
  const map = labels.map((value) => (random() < noise ? ([0, 1, 7][randomInt(random, 3)] ?? 0) : value));
  for (let i = 0; i < 3000; i += 1) labels[i] = 255;
  for (let i = 2000; i < 4000; i += 1) map[i] = 255;
  const confidence = map.map((value) => (value === 255 ? 0 : 100 + randomInt(random, 156)));
  return { width, height, map, labels, confidence };
}

describe('evaluateScene', () => {
  it('counts what a plain loop counts, whatever the strips and blocks', async () => {
    const scene = makeScene(seededRandom(1), 0.1);
    const expected = { truePositive: 0, falsePositive: 0, falseNegative: 0 };
    let scored = 0;
    let right = 0;
    scene.labels.forEach((label, i) => {
      const given = scene.map[i];
      if (label === 255 || given === 255) return;
      scored += 1;
      if (label === given) right += 1;
      if (label === 7 && given === 7) expected.truePositive += 1;
      if (label !== 7 && given === 7) expected.falsePositive += 1;
      if (label === 7 && given !== 7) expected.falseNegative += 1;
    });
    const results = [];
    for (const over of [{}, { stripPixels: 1e9 }, { stripPixels: 17 * 200 }]) {
      results.push(scoreSet([await evaluate(scene, over)], scoring));
    }
    expect(results[0]?.classes[1]?.pixels).toEqual(expected);
    expect(results[0]?.pixels).toEqual({ mapped: 30_000, labelled: 29_000, labelledUnmapped: 1_000, scored });
    expect(results[0]?.accuracy).toBe(right / scored);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const other = scoreSet([await evaluate(scene, { blockMetres: 37 })], scoring);
    const bare = (set: typeof other | undefined) =>
      set?.classes.map((score) => ({ ...score, intervals: null }));
    expect(bare(other)).toEqual(bare(results[0]));
  });

  it('gives a perfect map ones, and an unlabelled scene nulls', async () => {
    const scene = makeScene(seededRandom(2), 0);
    const perfect = scoreSet([await evaluate({ ...scene, map: scene.labels })], scoring);
    expect(perfect.mean).toEqual({ iou: 1, f1: 1, objectF1: 1, boundaryF1: 1 });
    expect(perfect.classes[0]?.intervals.iou).toEqual({ low: 1, high: 1 });
    const unlabelled = scoreSet([await evaluate({ ...scene, labels: scene.labels.map(() => 255) })], scoring);
    expect(unlabelled.mean).toEqual({ iou: null, f1: null, objectF1: null, boundaryF1: null });
    expect(unlabelled.accuracy).toBeNull();
    expect(unlabelled.classes[0]?.objects).toMatchObject({ mapped: 0, f1: null });
    expect(unlabelled.reliability?.expectedCalibrationError).toBeNull();
    expect(unlabelled.blocks).toEqual({ count: 0, intervalsReliable: false });
  });

  it('gives a class nobody drew or mapped a null, and one only mapped a zero', async () => {
    const scene = makeScene(seededRandom(3), 0);
    const noRoad = scene.labels.map((value) => (value === 7 ? 0 : value));
    expect(
      scoreSet([await evaluate({ ...scene, map: noRoad, labels: noRoad })], scoring).classes[1]?.iou,
    ).toBeNull();
    expect(scoreSet([await evaluate({ ...scene, labels: noRoad })], scoring).classes[1]).toMatchObject({
      iou: 0,
      precision: 0,
      recall: null,
    });
  });

  it('judges no boundaries where labels show no edges', async () => {
    const scene = makeScene(seededRandom(9), 0.1);
    const labels = scene.labels.map((value) => (value === 1 ? 1 : 255));
    const [house] = scoreSet([await evaluate({ ...scene, labels })], scoring).classes;
    expect(house).toMatchObject({ boundary: { f1: null, recall: null }, precision: 1 });
    expect(house?.recall).toBeGreaterThan(0.5);
  });

  it('swaps the scores when the classes are swapped', async () => {
    const scene = makeScene(seededRandom(4), 0.2);
    const swap = (data: Uint8Array) => data.map((value) => (value === 1 ? 7 : value === 7 ? 1 : value));
    const plain = scoreSet([await evaluate(scene)], scoring);
    const swapped = scoreSet(
      [await evaluate({ ...scene, map: swap(scene.map), labels: swap(scene.labels) })],
      scoring,
    );
    const bare = (set: typeof plain) =>
      set.classes.map(({ iou, objects, boundary }) => ({ iou, objects, boundary }));
    expect(bare(swapped)).toEqual(bare(plain).reverse());
  });

  it('gives intervals that hold the score, repeat for a seed and narrow with more ground', async () => {
    const random = seededRandom(5);
    const scenes = [];
    for (let i = 0; i < 4; i += 1) scenes.push(await evaluate(makeScene(random, 0.15)));
    const one = scoreSet(scenes.slice(0, 1), scoring);
    const all = scoreSet(scenes, scoring);
    expect(scoreSet(scenes, scoring)).toEqual(all);
    const widthOf = (set: typeof all, c: number) =>
      (set.classes[c]?.intervals.iou?.high ?? 0) - (set.classes[c]?.intervals.iou?.low ?? 0);
    for (const [c, score] of all.classes.entries()) {
      for (const [value, interval] of [
        [score.iou, score.intervals.iou],
        [score.objects.f1, score.intervals.objectF1],
        [score.boundary.f1, score.intervals.boundaryF1],
      ] as const) {
        expect(interval?.low).toBeLessThan(value ?? -1);
        expect(interval?.high).toBeGreaterThan(value ?? 2);
      }
      expect(widthOf(all, c)).toBeLessThan(widthOf(one, c));
    }
    expect(all.blocks.intervalsReliable).toBe(true);
  });

  it('lists the worst blocks first', async () => {
    const scene = makeScene(seededRandom(6), 0);
    const map = scene.map.map((value, i) =>
      i % 200 >= 100 && i % 200 < 110 && i >= 200 * 60 && i < 200 * 66 ? 1 - Math.min(1, value) : value,
    );
    const worst = worstBlocks(await evaluate({ ...scene, map }), categories, 3);
    expect(worst[0]?.window).toEqual({ x: 100, y: 60, width: 20, height: 20 });
    expect(worst[0]?.wrongPixels).toBe(60);
    expect(worst).toHaveLength(1);
  });

  it('gives up objects, not the rest, where there are too many', async () => {
    const evidence = await evaluate(makeScene(seededRandom(7), 0.3), { objectLimit: 50 });
    expect(evidence.objectsOmitted).toMatch(/50/);
    expect(scoreSet([evidence], scoring).classes[0]).toMatchObject({
      objects: { f1: null },
      iou: expect.any(Number),
    });
  });
});

describe('summaries', () => {
  it('let every place count the same, and keep seen scenes out', async () => {
    const random = seededRandom(8);
    const [good, bad] = [await evaluate(makeScene(random, 0.02)), await evaluate(makeScene(random, 0.4))];
    const scene = (
      name: string,
      place: string,
      evidence: SceneEvidence,
      role: 'unseen' | 'train' = 'unseen',
    ) => ({ scene: name, place, role, evidence });
    const summary = summarise(
      [scene('a', 'x', good), scene('b', 'x', good), scene('c', 'y', bad), scene('d', 'z', good, 'train')],
      'unseen',
      scoring,
    );
    expect(summary?.scenes).toEqual(['a', 'b', 'c']);
    const iou = (evidence: SceneEvidence) => scoreSet([evidence], scoring).classes[0]?.iou ?? NaN;
    expect(summary?.meanOverPlaces.classes[0]?.iou).toBeCloseTo((iou(good) + iou(bad)) / 2, 12);
    expect(placeMean(new Map(), scoring).classes[0]?.iou).toBeNull();
    expect(summarise([], 'unseen', scoring)).toBeNull();
  });
});
