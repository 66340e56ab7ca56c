import { intersectWindows, type Window } from '../geo/window.ts';
import { nanError, packSoftmax, softmaxPixel, softmaxScratch, type SoftmaxScratch } from '../model/decode.ts';
import type { Decoder } from '../model/decoder.ts';
import { packBinary, sigmoid } from '../model/sigmoid-table.ts';
import {
  cellAt,
  type Cell,
  type CellModels,
  type CellRule,
  type RoutedChip,
} from '../tiling/cell-lattice.ts';
import type { BorderPatch, Step } from '../tiling/border-patches.ts';
import { NO_MODEL } from '../tiling/cover-cells.ts';
import { BorderWeights, NEIGHBOURS } from './border-weights.ts';

export interface BlendRule extends CellRule {
  readonly region: Window;
  readonly blendPixels: number;
  /** Of each model; all give the same classes. */
  readonly decoders: readonly Decoder[];
}

/** Sums of one cell: planes of its pixels, a plane a channel, and one of thresholds. */
interface CellSums {
  readonly cell: Cell;
  readonly planes: Float32Array;
}

/** What one model predicts in a window. */
interface Prediction {
  readonly model: number;
  readonly input: Window;
  readonly logits: Float32Array;
}

/**
 * Blends the models on both sides of every border between cells of different models, over a band of `blendPixels` on
 * each side. A pixel of the band gets the weighted mean of what the models of its own and the neighbouring cells predict
 * there, each by the chip its cell lies in; neighbours of the same model have no say of their own, so where no other
 * model is near, nothing is touched. Thresholds are blended with the same weights. Memory: four bytes a pixel and plane
 * of the cells that have such a border.
 */
export class BorderBlend {
  readonly #rule: BlendRule;
  readonly #models: CellModels;
  readonly #channels: number;
  readonly #scratch: SoftmaxScratch;
  readonly #sums = new Map<string, CellSums>();

  constructor(rule: BlendRule, models: CellModels) {
    this.#rule = rule;
    this.#models = models;
    this.#channels = rule.decoders[0]?.channels ?? 1;
    this.#scratch = softmaxScratch(this.#channels);
  }

  /**
   * Adds what a chip has to say on its own cells, and on those beside that lie in the same lattice chip; what is said
   * from one lattice chip to another comes by patches. All cells around it must be routed by now.
   */
  add({ model, input, cells }: Pick<RoutedChip, 'model' | 'input' | 'cells'>, logits: Float32Array): void {
    const prediction = { model, input, logits };
    for (const cell of cells) {
      if (this.#others(cell, model).length > 0) this.#addOwn(cell, prediction);
      for (const step of NEIGHBOURS) {
        const beside = { column: cell.column + step.column, row: cell.row + step.row };
        const owner = this.#models.at(beside.column, beside.row);
        if (owner === model || owner === NO_MODEL || !this.#together(cell, beside)) continue;
        const back = { column: -step.column, row: -step.row };
        this.#addBeside(cellAt(beside.column, beside.row, this.#rule), [back], prediction);
      }
    }
  }

  /** Adds what the cells beyond a lattice chip's edge have to say inside it. */
  addPatch({ model, input, cells }: BorderPatch, logits: Float32Array): void {
    for (const { cell, steps } of cells) this.#addBeside(cell, steps, { model, input, logits });
  }

  /** Writes the blended pixels over what is there; pixels without data (confidence 0) stay so. */
  finish(layers: { classes: Uint8Array; confidence: Uint8Array }): void {
    const { region } = this.#rule;
    for (const { cell, planes } of this.#sums.values()) {
      const others = this.#others(cell, this.#models.at(cell.column, cell.row));
      const weights = this.#weights(cell);
      this.#eachPixel(
        cell,
        { left: 0, top: 0, right: cell.window.width, bottom: cell.window.height },
        (i, j) => {
          if (ownWeight(weights, others, i, j) >= 1) return;
          const at = (cell.window.y + j - region.y) * region.width + (cell.window.x + i - region.x);
          if (layers.confidence[at] === 0) return;
          const packed = this.#pack(planes, j * cell.window.width + i, cell);
          if (packed === 0) throw nanError();
          layers.classes[at] = packed >> 8;
          layers.confidence[at] = packed & 255;
        },
      );
    }
  }

  /** The steps to neighbours of another model than the cell's. */
  #others(cell: Cell, model: number): Step[] {
    return NEIGHBOURS.filter(({ column, row }) => {
      const other = this.#models.at(cell.column + column, cell.row + row);
      return other !== model && other !== NO_MODEL;
    });
  }

  #addOwn(cell: Cell, prediction: Prediction): void {
    if (intersectWindows(cell.window, this.#rule.region) === null) return;
    const others = this.#others(cell, prediction.model);
    const weights = this.#weights(cell);
    const { width, height } = cell.window;
    const sums = this.#sumsOf(cell);
    this.#eachPixel(cell, { left: 0, top: 0, right: width, bottom: height }, (i, j) => {
      const weight = ownWeight(weights, others, i, j);
      if (weight < 1) this.#addPixel(sums, { i, j, weight }, prediction);
    });
  }

  /** `owner`: the cell whose pixels they are; `steps` lead from it to the cells that speak. */
  #addBeside(owner: Cell, steps: readonly Step[], prediction: Prediction): void {
    if (intersectWindows(owner.window, this.#rule.region) === null) return;
    const weights = this.#weights(owner);
    const sums = this.#sumsOf(owner);
    for (const step of steps) {
      this.#eachPixel(owner, weights.extent(step), (i, j) => {
        const weight = weights.at(step, i, j);
        if (weight > 0) this.#addPixel(sums, { i, j, weight }, prediction);
      });
    }
  }

  #addPixel(
    { cell: owner, planes }: CellSums,
    { i, j, weight }: { i: number; j: number; weight: number },
    { model, input, logits }: Prediction,
  ): void {
    const decoder = this.#rule.decoders[model];
    if (decoder === undefined) throw new RangeError(`no decoder for model ${model}`);
    const plane = input.width * input.height;
    const from = (owner.window.y + j - input.y) * input.width + (owner.window.x + i - input.x);
    const { probabilities } = this.#scratch;
    if (decoder.activation === 'sigmoid')
      probabilities[0] = sigmoid(logits[from] ?? Number.NaN, decoder.temperature);
    else {
      const rectangle = { data: logits, plane, at: { offset: 0, stride: input.width } };
      softmaxPixel(rectangle, from, decoder.temperature, this.#scratch);
    }
    const pixels = owner.window.width * owner.window.height;
    const at = j * owner.window.width + i;
    for (let k = 0; k < this.#channels; k += 1)
      planes[k * pixels + at] = (planes[k * pixels + at] ?? 0) + weight * (probabilities[k] ?? Number.NaN);
    const threshold = decoder.activation === 'sigmoid' ? decoder.threshold : 0;
    const last = this.#channels * pixels + at;
    planes[last] = (planes[last] ?? 0) + weight * threshold;
  }

  #pack(planes: Float32Array, at: number, { window }: Cell): number {
    const pixels = window.width * window.height;
    const [decoder] = this.#rule.decoders;
    if (decoder === undefined) throw new RangeError('no models');
    if (decoder.activation === 'softmax') {
      const { probabilities } = this.#scratch;
      for (let k = 0; k < this.#channels; k += 1) probabilities[k] = planes[k * pixels + at] ?? Number.NaN;
      return packSoftmax(decoder, probabilities);
    }
    const p = planes[at] ?? Number.NaN;
    if (p !== p) return 0;
    const step = packBinary(Math.min(1, p), planes[pixels + at] ?? decoder.threshold);
    return step > 255 ? (decoder.classId << 8) | (step & 255) : step;
  }

  #eachPixel(
    { window }: Cell,
    extent: { left: number; right: number; top: number; bottom: number },
    visit: (i: number, j: number) => void,
  ): void {
    const { region } = this.#rule;
    const left = Math.max(extent.left, region.x - window.x);
    const right = Math.min(extent.right, region.x + region.width - window.x);
    const top = Math.max(extent.top, region.y - window.y);
    const bottom = Math.min(extent.bottom, region.y + region.height - window.y);
    for (let j = top; j < bottom; j += 1) for (let i = left; i < right; i += 1) visit(i, j);
  }

  #sumsOf(cell: Cell): CellSums {
    const key = `${cell.column},${cell.row}`;
    const known = this.#sums.get(key);
    if (known !== undefined) return known;
    const { width, height } = cell.window;
    const sums = { cell, planes: new Float32Array(width * height * (this.#channels + 1)) };
    this.#sums.set(key, sums);
    return sums;
  }

  #weights({ window }: Cell): BorderWeights {
    return new BorderWeights(window, this.#rule.blendPixels);
  }

  /** Whether two cells lie in one lattice chip. */
  #together(a: Pick<Cell, 'column' | 'row'>, b: Pick<Cell, 'column' | 'row'>): boolean {
    const cells = this.#rule.corePixels / this.#rule.cellPixels;
    const same = (one: number, other: number) => Math.floor(one / cells) === Math.floor(other / cells);
    return same(a.column, b.column) && same(a.row, b.row);
  }
}

/** What is left to a cell of its own pixel, beside the neighbours of other models. */
function ownWeight(weights: BorderWeights, others: readonly Step[], i: number, j: number): number {
  let weight = 1;
  for (const step of others) weight -= weights.at(step, i, j);
  return weight;
}
