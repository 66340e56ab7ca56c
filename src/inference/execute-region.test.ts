import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import type { MapParameters, MapTask } from '../engine/protocol.ts';
import type { Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import type { ModelCard } from '../model/card.ts';
import type { NetworkSession } from '../model/onnx-session.ts';
import { copyCommonPixels, cutBlock } from '../raster/block-window.ts';
import type { PixelBlock, ReaderInto } from '../raster/pixel-block.ts';
import { addSeams, edgeKey, seamBetween, type EdgeStrip, type SeamSum } from '../tiling/chip-edges.ts';
import { planRegions } from '../tiling/plan-regions.ts';
import { CanvasMemory } from './canvas.ts';
import { executeRegion, readRegionAhead, WorkMemory, type RegionResult } from './execute-region.ts';

const RADIUS = 3;

/**
 * A network in plain code whose receptive field is known exactly: the mean over a (2 RADIUS + 1) square, zeros outside.
 * `atOnce`: images that it likes to get together; `runs` takes how many it got. It looks at its input late, as another
 * thread does.
 */
function boxNetwork(card: ModelCard, radius: number, atOnce: number, runs: number[]): NetworkSession {
  return {
    variant: 'float32',
    card,
    batch: null,
    async run(input, { n, h, w }) {
      runs.push(n);
      await new Promise((resolve) => setImmediate(resolve));
      const means = Array.from({ length: n }, (_, i) =>
        boxMean(input.subarray(i * h * w, (i + 1) * h * w), { h, w, radius }),
      );
      return Float32Array.from(means.flatMap((mean) => [...mean]));
    },
    ...(atOnce > 1 ? { imagesAtOnce: (_, most) => Promise.resolve(Math.min(atOnce, most)) } : {}),
    close: () => Promise.resolve(),
  };
}

function boxMean(
  input: Float32Array,
  { h, w, radius }: { h: number; w: number; radius: number },
): Float32Array {
  const out = new Float32Array(h * w);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      let sum = 0;
      for (let dy = -radius; dy <= radius; dy += 1) {
        for (let dx = -radius; dx <= radius; dx += 1) {
          const inside = y + dy >= 0 && y + dy < h && x + dx >= 0 && x + dx < w;
          sum += inside ? (input[(y + dy) * w + x + dx] ?? 0) : 0;
        }
      }
      out[y * w + x] = sum;
    }
  }
  return out;
}

const card: ModelCard = {
  version: 1,
  id: 'box',
  name: 'box',
  created: '2026-01-01T00:00:00Z',
  task: 'segmentation',
  application: 'test',
  bucket: null,
  classes: [{ id: 1, name: 'bright', colour: '#ff0000' }],
  background: true,
  output: { activation: 'sigmoid', channels: 1, temperature: 1, threshold: 0.5 },
  bands: [{ name: 'grey' }],
  input: { multiple: 4, fixed: null },
  normalisation: { kind: 'fixed', scale: 1, mean: [128], std: [400] },
  gsd: { metres: 1, min: 1, max: 1 },
  halo: { pixels: 4, tolerance: 0, theoreticalPixels: RADIUS },
  network: { name: 'box', parameters: 0, gmacAt512: null },
  training: null,
  scores: {},
  variants: { float32: { file: 'model.onnx', sha256: '', bytes: 1 } },
  defaultCpuVariant: 'float32',
  licence: null,
};

const GRID: WorkingGrid = {
  width: 150,
  height: 90,
  scaleX: 1,
  scaleY: 1,
  transform: [0, 1, 0, 0, 0, -1],
  gsdMetres: 1,
};

/** Random pixels; a corner and a few spots hold no data. */
function scene(): PixelBlock {
  const random = seededRandom(3);
  const window = { x: 0, y: 0, width: GRID.width, height: GRID.height };
  const data = Uint8Array.from({ length: GRID.width * GRID.height }, () => Math.floor(random() * 256));
  const valid = Uint8Array.from(data, (_, i) =>
    (i % GRID.width) + i / GRID.width < 70 || i % 97 === 0 ? 0 : 1,
  );
  return { window, bands: 1, type: 'uint8', data, valid };
}

const readerOf = (block: PixelBlock): ReaderInto => ({
  type: block.type,
  read: (window) => Promise.resolve(cutBlock(block, window)),
  readInto: (target, part) => {
    copyCommonPixels(cutBlock(block, part), target);
    return Promise.resolve();
  },
  close: () => undefined,
});

const parameters: MapParameters = {
  corePixels: 32,
  haloPixels: 4,
  blendPixels: 0,
  blockPixels: 8,
  gsdMetres: null,
};

async function mapIn(
  regionPixels: number,
  change: Partial<MapParameters> = {},
  { radius = RADIUS, atOnce = 1 } = {},
): Promise<{ classes: Uint8Array; confidence: Uint8Array; results: RegionResult[]; runs: number[] }> {
  const block = scene();
  const runs: number[] = [];
  const whole = {
    classes: new Uint8Array(GRID.width * GRID.height),
    confidence: new Uint8Array(GRID.width * GRID.height),
  };
  const results: RegionResult[] = [];
  const memory = new WorkMemory();
  const reader = readerOf(block);
  const inputs = planRegions(GRID, regionPixels, parameters.blockPixels).map((window) => {
    const task: MapTask = {
      version: 1,
      kind: 'map-region',
      id: 'x',
      scene: 's',
      bands: [1],
      window,
      model: { folder: '-', variant: 'float32', sha256: '' },
      parameters: { ...parameters, ...change },
    };
    return { task, grid: GRID, statistics: { mean: [0], std: [1] } };
  });
  // Each region is begun as soon as the one before has read all it needs, as a worker does.
  const begin = (index: number) => {
    const input = inputs[index];
    return input === undefined ? null : readRegionAhead(input, card, { reader, memory });
  };
  let strip = begin(0);
  for (const [index, input] of inputs.entries()) {
    const own = strip;
    strip = null;
    if (own === null) throw new Error('a region said twice, or never, that it has read all');
    const result = await executeRegion(input, {
      reader,
      session: boxNetwork(card, radius, atOnce, runs),
      memory,
      canvas: new CanvasMemory(),
      strip: own,
      progress: () => undefined,
      room: () => (strip = begin(index + 1)),
    });
    place(result, input.task.window, whole);
    results.push(result);
  }
  return { ...whole, results, runs };
}

function place(
  result: RegionResult,
  window: Window,
  whole: { classes: Uint8Array; confidence: Uint8Array },
): void {
  for (let y = 0; y < window.height; y += 1) {
    const row = y * window.width;
    const at = (window.y + y) * GRID.width + window.x;
    whole.classes.set(result.classes.subarray(row, row + window.width), at);
    whole.confidence.set(result.confidence.subarray(row, row + window.width), at);
  }
}

/** All seams of a map, those between its regions too. */
function seamOf(results: readonly RegionResult[]): SeamSum {
  const sides = new Map<string, EdgeStrip[]>();
  for (const strip of results.flatMap(({ borders }) => borders))
    sides.set(edgeKey(strip), [...(sides.get(edgeKey(strip)) ?? []), strip]);
  const between = [...sides.values()].map(([one, other]) =>
    one === undefined || other === undefined ? { sum: 0, pixels: 0 } : seamBetween(one, other),
  );
  return [...between, ...results.map(({ counts }) => counts.seam)].reduce(addSeams);
}

/** Pairs of pixels with data that an edge between chips parts. */
function pairsAcross(core: number): number {
  const { valid } = scene();
  let pairs = 0;
  for (let y = 0; y < GRID.height; y += 1) {
    for (let x = 0; x < GRID.width; x += 1) {
      const at = y * GRID.width + x;
      if (valid[at] !== 1) continue;
      if (x > 0 && x % core === 0 && valid[at - 1] === 1) pairs += 1;
      if (y > 0 && y % core === 0 && valid[at - GRID.width] === 1) pairs += 1;
    }
  }
  return pairs;
}

/** One pass over the whole scene by the box network, by hand. */
function oracle(): { classes: number[]; confidence: number[] } {
  const block = scene();
  const input = Float32Array.from(block.data, (v, i) =>
    block.valid[i] === 1 ? Math.fround(Math.fround(v - 128) / 400) : 0,
  );
  const logits = boxMean(input, { h: GRID.height, w: GRID.width, radius: RADIUS });
  const classes = Array.from(logits, (z, i) =>
    block.valid[i] === 1 ? Number(Math.fround(1 / (1 + Math.exp(-z))) > 0.5) : 255,
  );
  const confidence = Array.from(logits, (z, i) =>
    block.valid[i] === 1 ? Math.round(255 * (1 / (1 + Math.exp(-Math.abs(z))))) : 0,
  );
  return { classes, confidence };
}

describe('executeRegion', () => {
  it('gives what one pass over the whole scene gives, where the halo covers the receptive field', async () => {
    const { classes, confidence, results } = await mapIn(64);
    const expected = oracle();
    expect(Array.from(classes)).toEqual(expected.classes);
    expect(
      Math.max(...Array.from(confidence, (c, i) => Math.abs(c - (expected.confidence[i] ?? 0)))),
    ).toBeLessThanOrEqual(1);
    expect(results.reduce((sum, { counts }) => sum + counts.seam.pixels, 0)).toBeGreaterThan(0);
    expect(Math.max(...results.map(({ counts }) => counts.seam.sum))).toBeLessThan(1e-3);
  });

  it.each([0, 3])('does not depend on the size of regions (blend of %i px)', async (blendPixels) => {
    const reference = await mapIn(152, { blendPixels });
    for (const size of [8, 24, 32, 64, 104]) {
      const other = await mapIn(size, { blendPixels });
      expect(Buffer.compare(other.classes, reference.classes)).toBe(0);
      expect(Buffer.compare(other.confidence, reference.confidence)).toBe(0);
    }
  });

  it.each([0, 3])('finds the same seams for any size of regions (blend of %i px)', async (blendPixels) => {
    const change = { blendPixels, haloPixels: 4, corePixels: 16 };
    const whole = seamOf((await mapIn(152, change, { radius: RADIUS + 2 })).results);
    expect(whole.pixels).toBe(2 * pairsAcross(16));
    expect(whole.sum / whole.pixels).toBeGreaterThan(1e-4);
    for (const size of [8, 16, 24, 64]) {
      const { sum, pixels } = seamOf((await mapIn(size, change, { radius: RADIUS + 2 })).results);
      expect(pixels).toBe(whole.pixels);
      expect(sum).toBeCloseTo(whole.sum, 9);
    }
  });

  it.each([0, 3])('gives the same in batches, with fewer runs (blend of %i px)', async (blendPixels) => {
    const change = { blendPixels, corePixels: 16 };
    for (const size of [152, 64]) {
      const alone = await mapIn(size, change);
      const together = await mapIn(size, change, { atOnce: 4 });
      expect(Buffer.compare(together.classes, alone.classes)).toBe(0);
      expect(Buffer.compare(together.confidence, alone.confidence)).toBe(0);
      expect(together.results.map(({ counts, borders }) => ({ counts, borders }))).toEqual(
        alone.results.map(({ counts, borders }) => ({ counts, borders })),
      );
      const images = (runs: readonly number[]) => runs.reduce((sum, n) => sum + n, 0);
      expect(images(together.runs)).toBe(alone.runs.length);
      expect(together.runs.length).toBeLessThan(0.6 * alone.runs.length);
      expect(Math.max(...together.runs)).toBe(4);
    }
  });

  it('sees the seam where the halo is too small', async () => {
    const { results } = await mapIn(152, { haloPixels: 4 });
    const starved = await mapIn(152, { haloPixels: 0, corePixels: 32 });
    expect(results[0]?.counts.seam.pixels).toBeGreaterThan(0);
    expect(starved.results[0]?.counts.seam.pixels).toBe(0);
    expect(Buffer.compare(starved.classes, (await mapIn(152)).classes)).not.toBe(0);
  });

  it('skips chips without data and counts what it computed', async () => {
    const { results } = await mapIn(152);
    const counts = results[0]?.counts;
    expect(counts?.chips).toBe(15);
    expect(counts?.chipsSkipped).toBeGreaterThan(0);
    expect(counts?.pixelsKept).toBeLessThan(150 * 90);
    expect(counts?.validPixels).toBe(scene().valid.reduce((sum, v) => sum + v, 0));
  });
});
