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
import { stepFrom, type BorderPatch, type Step } from '../tiling/border-patches.ts';
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

/** A model's say in a cell: its share there, and at how many neighbours it has more or less. */
interface Say {
  readonly share: number;
  /** Neighbours with data where its share is another, and by how much. */
  readonly changes: readonly { readonly step: Step; readonly by: number }[];
}

/**
 * Blends the models on both sides of every border between cells of different models, over a band of `blendPixels` on
 * each side, and the two models of cells that lie between two buckets. A pixel gets the weighted mean of what the models
 * of its own and the neighbouring cells predict there, each by the chip its cell lies in; a cell's say falls across its
 * edges (`BorderWeights`), and is divided between its models by their shares. A model of the cell itself speaks for its
 * neighbours, too, so where no other model is near, nothing is touched. Thresholds are blended with the same weights.
 * Memory: four bytes a pixel and plane of the cells that have such a border, or two models.
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
      const say = this.#sayOf(model, cell);
      // The rectangle of a cell's second model may hold cells that it has no say in.
      if (say.share === 0) continue;
      if (say.share < 1 || say.changes.length > 0) this.#addOwn(cell, say, prediction);
      for (const step of NEIGHBOURS) {
        const beside = stepFrom(cell, step);
        if (this.#isEmpty(beside) || this.#models.shareOf(model, beside) > 0) continue;
        if (!this.#together(cell, beside)) continue;
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
      const say = this.#sayOf(this.#models.at(cell.column, cell.row), cell);
      const weights = this.#weights(cell);
      this.#eachPixel(
        cell,
        { left: 0, top: 0, right: cell.window.width, bottom: cell.window.height },
        (i, j) => {
          if (weightOf(say, weights, i, j) >= 1) return;
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

  #sayOf(model: number, cell: Cell): Say {
    const share = this.#models.shareOf(model, cell);
    const changes = NEIGHBOURS.flatMap((step) => {
      const beside = stepFrom(cell, step);
      const by = this.#isEmpty(beside) ? 0 : this.#models.shareOf(model, beside) - share;
      return by === 0 ? [] : [{ step, by }];
    });
    return { share, changes };
  }

  #isEmpty({ column, row }: Step): boolean {
    return this.#models.at(column, row) === NO_MODEL;
  }

  #addOwn(cell: Cell, say: Say, prediction: Prediction): void {
    if (intersectWindows(cell.window, this.#rule.region) === null) return;
    const weights = this.#weights(cell);
    const { width, height } = cell.window;
    const sums = this.#sumsOf(cell);
    this.#eachPixel(cell, { left: 0, top: 0, right: width, bottom: height }, (i, j) => {
      const weight = weightOf(say, weights, i, j);
      if (weight < 1) this.#addPixel(sums, { i, j, weight }, prediction);
    });
  }

  /** `owner`: the cell whose pixels they are; `steps` lead from it to the cells that speak. */
  #addBeside(owner: Cell, steps: readonly Step[], prediction: Prediction): void {
    if (intersectWindows(owner.window, this.#rule.region) === null) return;
    const weights = this.#weights(owner);
    const sums = this.#sumsOf(owner);
    for (const step of steps) {
      const share = this.#models.shareOf(prediction.model, stepFrom(owner, step));
      this.#eachPixel(owner, weights.extent(step), (i, j) => {
        const weight = share * weights.at(step, i, j);
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

/** The say of a cell's model at one of its pixels, for itself and for what neighbours give it. */
function weightOf({ share, changes }: Say, weights: BorderWeights, i: number, j: number): number {
  let weight = share;
  for (const { step, by } of changes) weight += by * weights.at(step, i, j);
  return weight;
}
