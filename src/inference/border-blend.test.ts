import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { intersectWindows } from '../geo/window.ts';
import { createDecoder } from '../model/decoder.ts';
import { borderPatches } from '../tiling/border-patches.ts';
import { CellModels, cellAt, latticeChip, type RoutedChip } from '../tiling/cell-lattice.ts';
import { BorderBlend } from './border-blend.ts';
import { BorderWeights, NEIGHBOURS } from './border-weights.ts';

const ITSELF = { column: 0, row: 0 };

describe('BorderWeights', () => {
  it('add up to 1 everywhere, and to a half on an edge', () => {
    const weights = new BorderWeights({ width: 16, height: 16 }, 6);
    for (let j = 0; j < 16; j += 1)
      for (let i = 0; i < 16; i += 1) {
        const sum = [ITSELF, ...NEIGHBOURS].reduce((total, step) => total + weights.at(step, i, j), 0);
        expect(sum).toBeCloseTo(1, 12);
      }
    const left = { column: -1, row: 0 };
    expect(weights.at(left, 0, 8)).toBeCloseTo(0.5 - 1 / 24, 12);
    expect(weights.at(left, 5, 8)).toBeCloseTo(1 / 24, 12);
    expect(weights.at(left, 6, 8)).toBe(0);
  });

  it('are what a step from one pixel to the next says of a border: 1 / (2 blend)', () => {
    const weights = new BorderWeights({ width: 16, height: 16 }, 5);
    const inside = weights.at(ITSELF, 0, 8);
    const beyond = weights.at({ column: 1, row: 0 }, 15, 8);
    expect(inside - beyond).toBeCloseTo(1 / 10, 12);
  });
});

describe('patches at the edge of a lattice chip', () => {
  it('hold every pixel of the chip where a cell beyond has a say', () => {
    const random = seededRandom(3);
    const rule = { grid: { width: 192, height: 180 }, cellPixels: 16, corePixels: 64 };
    const rules = [8, 16, 8].map((haloPixels) => ({ haloPixels, multiple: 8, fixed: null, cost: 1 }));
    let heard = 0;
    for (const blendPixels of [2, 5, 8])
      for (let turn = 0; turn < 20; turn += 1) {
        const models = new CellModels();
        for (let row = 0; row < 12; row += 1)
          for (let column = 0; column < 12; column += 1)
            if (random() < 0.9) models.set({ column, row }, Math.floor(3 * random()));
        const chip = latticeChip({ x: 64, y: 128, width: 64, height: 52 }, rule);
        for (const { core, input, cells } of borderPatches(chip, models, blendPixels, rules))
          for (const { cell, steps } of cells)
            for (const step of steps) {
              const { x, y, width, height } = cell.window;
              const extent = new BorderWeights({ width, height }, blendPixels).extent(step);
              expect(x + extent.left).toBeGreaterThanOrEqual(core.x);
              expect(y + extent.top).toBeGreaterThanOrEqual(core.y);
              expect(x + extent.right).toBeLessThanOrEqual(core.x + core.width);
              expect(y + extent.bottom).toBeLessThanOrEqual(core.y + core.height);
              expect(intersectWindows(core, input)).toEqual(core);
              heard += 1;
            }
      }
    expect(heard).toBeGreaterThan(500);
  });
});

const GRID = { width: 32, height: 16 };
const BLEND = 4;

const decoderOf = (threshold: number) =>
  createDecoder({
    classes: [{ id: 1, name: 'a', colour: '#ff0000' }],
    background: true,
    output: { activation: 'sigmoid', channels: 1, temperature: 1, threshold },
  });

/** Two cells side by side; each model says one thing everywhere: a logit of `left`, `right`. */
function blendOf(left: number, right: number, region = { x: 0, y: 0, ...GRID }, thresholds = [0.5, 0.5]) {
  const decoders = thresholds.map(decoderOf);
  const models = new CellModels();
  const rule = { grid: GRID, cellPixels: 16, corePixels: 32, region, blendPixels: BLEND, decoders };
  const chips = [0, 1].map((column): RoutedChip => {
    const cell = cellAt(column, 0, rule);
    models.set(cell, column);
    const { x, y, width, height } = cell.window;
    const input = { x: x - BLEND, y: y - BLEND, width: width + 2 * BLEND, height: height + 2 * BLEND };
    return { model: column, core: cell.window, input, cells: [cell] };
  });
  const blend = new BorderBlend(rule, models);
  const layers = {
    classes: new Uint8Array(region.width * region.height).fill(9),
    confidence: new Uint8Array(region.width * region.height).fill(99),
  };
  layers.confidence[5 * region.width + region.width - 1] = 0;
  [left, right].forEach((logit, i) => {
    const chip = chips[i];
    if (chip !== undefined)
      blend.add(chip, new Float32Array(chip.input.width * chip.input.height).fill(logit));
  });
  blend.finish(layers);
  return layers;
}

describe('BorderBlend', () => {
  const row = (values: Uint8Array, y: number, width = GRID.width) => [
    ...values.subarray(y * width, (y + 1) * width),
  ];

  it('fades from one model to the other within the band, and touches nothing else', () => {
    const { classes, confidence } = blendOf(-20, 20);
    const wanted = [1, 3, 5, 7, 9, 11, 13, 15].map((sixteenths) => sixteenths / 16);
    expect(row(confidence, 8).slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 99));
    expect(row(confidence, 8).slice(20)).toEqual(Array.from({ length: 12 }, () => 99));
    expect(row(confidence, 8).slice(12, 20)).toEqual(wanted.map((p) => Math.round(255 * Math.max(p, 1 - p))));
    expect(row(classes, 8).slice(12, 20)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('leaves pixels without data alone', () => {
    const region = { x: 0, y: 0, width: 18, height: 16 };
    const { classes, confidence } = blendOf(-20, 20, region);
    expect(confidence[5 * 18 + 17]).toBe(0);
    expect(classes[5 * 18 + 17]).toBe(9);
    expect(confidence[6 * 18 + 17]).toBe(Math.round((255 * 11) / 16));
  });

  it('gives a region what it gives the whole', () => {
    const whole = blendOf(-1, 2);
    const part = blendOf(-1, 2, { x: 16, y: 0, width: 16, height: 16 });
    expect(row(part.confidence, 3, 16)).toEqual(row(whole.confidence, 3).slice(16));
  });

  it('blends thresholds as it blends probabilities', () => {
    // Both say 0.5; one takes it for the class, the other does not.
    const { classes } = blendOf(0, 0, { x: 0, y: 0, ...GRID }, [0.3, 0.7]);
    expect(row(classes, 8).slice(12, 20)).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  });

  /** Cells of 16 pixels side by side, each with its models; what each chip says is one logit everywhere. */
  function rowOf(
    cells: readonly { model: number; second?: { model: number; share: number } }[],
    chips: readonly { model: number; cells: readonly number[]; logit: number }[],
  ): number[] {
    const grid = { width: 16 * cells.length, height: 16 };
    const region = { x: 0, y: 0, ...grid };
    const decoders = [0.5, 0.5].map(decoderOf);
    const rule = { grid, cellPixels: 16, corePixels: grid.width, region, blendPixels: BLEND, decoders };
    const models = new CellModels();
    cells.forEach(({ model, second }, column) => {
      if (model >= 0) models.set({ column, row: 0 }, model, second);
    });
    const blend = new BorderBlend(rule, models);
    for (const { model, cells: columns, logit } of chips) {
      const own = columns.map((column) => cellAt(column, 0, rule));
      const input = {
        x: 16 * (columns[0] ?? 0) - BLEND,
        y: -BLEND,
        width: 16 * own.length + 2 * BLEND,
        height: 24,
      };
      blend.add({ model, input, cells: own }, new Float32Array(input.width * input.height).fill(logit));
    }
    const pixels = grid.width * grid.height;
    const layers = { classes: new Uint8Array(pixels), confidence: new Uint8Array(pixels).fill(99) };
    blend.finish(layers);
    return row(layers.confidence, 8, grid.width);
  }

  it('gives the second model of a cell its share, which fades into the cell beside', () => {
    const found = rowOf(
      [{ model: 0, second: { model: 1, share: 0.25 } }, { model: 0 }],
      [
        { model: 0, cells: [0, 1], logit: 20 },
        { model: 1, cells: [0], logit: -20 },
      ],
    );
    expect(found.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => Math.round(255 * 0.75)));
    const say = [15, 13, 11, 9, 7, 5, 3, 1].map((sixteenths) => sixteenths / 16);
    expect(found.slice(12, 20)).toEqual(say.map((w) => Math.round(255 * (1 - 0.25 * w))));
    expect(found.slice(20)).toEqual(Array.from({ length: 12 }, () => 99));
  });

  it('keeps the sum of all says at 1 where cells have their models in common, the other way round', () => {
    const found = rowOf(
      [
        { model: 0, second: { model: 1, share: 0.5 } },
        { model: 1, second: { model: 0, share: 0.25 } },
      ],
      [
        { model: 0, cells: [0], logit: 20 },
        { model: 1, cells: [0], logit: -20 },
        { model: 1, cells: [1], logit: -20 },
        { model: 0, cells: [1], logit: 20 },
      ],
    );
    const p = (w: number) => 0.5 * (1 - w) + 0.25 * w;
    const band = [1, 3, 5, 7, 9, 11, 13, 15].map((sixteenths) => p(sixteenths / 16));
    expect(found.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 128));
    expect(found.slice(12, 20)).toEqual(band.map((one) => Math.round(255 * Math.max(one, 1 - one))));
    expect(found.slice(20)).toEqual(Array.from({ length: 12 }, () => Math.round(255 * 0.75)));
  });

  it('hears nothing of cells without data that lie in a rectangle', () => {
    // The second cell is empty, and computed with the first; the third has another model.
    const found = rowOf(
      [{ model: 0 }, { model: -2 }, { model: 1 }],
      [
        { model: 0, cells: [0, 1], logit: 20 },
        { model: 1, cells: [2], logit: -20 },
      ],
    );
    expect(found).toEqual(Array.from({ length: 48 }, () => 99));
  });
});
