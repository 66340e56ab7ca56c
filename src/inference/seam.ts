import type { Window } from '../geo/window.ts';
import {
  addMeeting,
  edgeKey,
  edgeSegments,
  edgesOfChip,
  NO_PREDICTION,
  NO_SEAMS,
  PROBABILITY_STEPS,
  type ChipEdge,
  type EdgeStrip,
  type Seams,
} from '../tiling/chip-edges.ts';
import type { Chip } from '../tiling/plan-chips.ts';

/** Probabilities of all output classes at column x, row y of the scene's grid, as one chip predicts them; NaN where there is no data. */
export type ProbabilityAt = (x: number, y: number, into: Float32Array) => void;

/**
 * Measures the seams of a region: where the cores of two chips meet, both predict the two pixels beside the edge, and
 * the difference is what a cut there shows. Edges inside the region are measured at once; of those on its border, which
 * meet a chip of another region, the prediction is kept for whoever has both. 0 means that nobody can tell where the
 * cut is.
 */
export class SeamMeter {
  readonly #place: { readonly region: Window; readonly grid: { width: number; height: number } };
  readonly #waiting = new Map<string, EdgeStrip>();
  readonly #pixel: Float32Array;
  readonly #cells: { readonly cellPixels: number | null; readonly blendPixels: number };
  /** Of the edges inside the region. */
  seams: Seams = NO_SEAMS;
  /** Of the edges on its border, from this region's side, in the order of chips. */
  readonly borders: EdgeStrip[] = [];

  /**
   * `cellPixels`: chips are rectangles of cells of this side; null: they lie on one lattice. `blendPixels`: those of two
   * models blend so far on both sides.
   */
  constructor(
    { region, grid }: { region: Window; grid: { width: number; height: number } },
    channels: number,
    cells: { cellPixels: number | null; blendPixels: number } = { cellPixels: null, blendPixels: 0 },
  ) {
    this.#place = { region, grid };
    this.#pixel = new Float32Array(channels);
    this.#cells = cells;
  }

  /** Needs a halo of at least one pixel. `model`: which of several models predicts. */
  observe(chip: Pick<Chip, 'core'>, at: ProbabilityAt, model?: number): void {
    for (const { edge, border } of edgesOfChip(chip, this.#place.region, this.#place.grid)) {
      for (const segment of edgeSegments(edge, this.#cells.cellPixels)) {
        const strip = this.#strip(model === undefined ? segment : { ...segment, model }, at);
        if (border) this.borders.push(strip);
        else this.#meet(strip);
      }
    }
  }

  #meet(strip: EdgeStrip): void {
    const key = edgeKey(strip);
    const other = this.#waiting.get(key);
    if (other === undefined) this.#waiting.set(key, strip);
    else {
      this.#waiting.delete(key);
      this.seams = addMeeting(this.seams, [other, strip], this.#cells.blendPixels);
    }
  }

  #strip(edge: ChipEdge, at: ProbabilityAt): EdgeStrip {
    const channels = this.#pixel.length;
    const values = new Uint16Array(edge.length * 2 * channels);
    for (let i = 0; i < edge.length; i += 1) {
      const pair = values.subarray(i * 2 * channels, (i + 1) * 2 * channels);
      for (const beside of [0, 1]) {
        const [across, along] = [edge.at - 1 + beside, edge.start + i];
        if (edge.axis === 'column') at(across, along, this.#pixel);
        else at(along, across, this.#pixel);
        for (let k = 0; k < channels; k += 1) pair[beside * channels + k] = inSteps(this.#pixel[k]);
      }
      // Only where both pixels hold data do both chips surely run, however the scene is cut into regions.
      if (pair.includes(NO_PREDICTION)) pair.fill(NO_PREDICTION);
    }
    return { ...edge, channels, values };
  }
}

const inSteps = (probability = Number.NaN): number =>
  Number.isNaN(probability) ? NO_PREDICTION : Math.round(probability * PROBABILITY_STEPS);
