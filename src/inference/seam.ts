import type { Chip } from '../tiling/plan-chips.ts';

/** Probabilities of all output classes at column x, row y of the scene's grid, as one chip predicts them; NaN where there is no data. */
export type ProbabilityAt = (x: number, y: number, into: Float32Array) => void;

interface Edge {
  /** Probabilities of the earlier chip along the edge, both sides of it; classes interleaved. */
  readonly values: Float32Array;
}

/**
 * The seam score of a region: where the cores of two neighbouring chips meet, both predict the two pixels beside the
 * edge; the score is their total-variation distance (half the sum of absolute differences of class probabilities),
 * summed over those pixels. 0 means that nobody can tell where the cut is. Edges between regions are not seen.
 */
export class SeamMeter {
  readonly #classes: number;
  readonly #edges = new Map<string, Edge>();
  readonly #buffer: Float32Array;
  sum = 0;
  pixels = 0;

  constructor(classes: number) {
    this.#classes = classes;
    this.#buffer = new Float32Array(classes);
  }

  /** Chips come row by row, as planned. Needs a halo of at least one pixel. */
  observe(chip: Chip, at: ProbabilityAt): void {
    const { core, column, row } = chip;
    const right = core.x + core.width;
    const bottom = core.y + core.height;
    this.#compare(
      `v${column - 1},${row}`,
      core.height * 2,
      (i) => [core.x - 1 + (i & 1), core.y + (i >> 1)],
      at,
    );
    this.#compare(
      `h${column},${row - 1}`,
      core.width * 2,
      (i) => [core.x + (i >> 1), core.y - 1 + (i & 1)],
      at,
    );
    this.#keep(`v${column},${row}`, core.height * 2, (i) => [right - 1 + (i & 1), core.y + (i >> 1)], at);
    this.#keep(`h${column},${row}`, core.width * 2, (i) => [core.x + (i >> 1), bottom - 1 + (i & 1)], at);
  }

  #keep(name: string, count: number, place: (i: number) => [number, number], at: ProbabilityAt): void {
    const values = new Float32Array(count * this.#classes);
    for (let i = 0; i < count; i += 1) {
      const [x, y] = place(i);
      at(x, y, this.#buffer);
      values.set(this.#buffer, i * this.#classes);
    }
    this.#edges.set(name, { values });
  }

  #compare(name: string, count: number, place: (i: number) => [number, number], at: ProbabilityAt): void {
    const edge = this.#edges.get(name);
    this.#edges.delete(name);
    if (edge === undefined || edge.values.length !== count * this.#classes) return;
    for (let i = 0; i < count; i += 1) {
      const [x, y] = place(i);
      at(x, y, this.#buffer);
      let distance = 0;
      for (let k = 0; k < this.#classes; k += 1) {
        distance += Math.abs((this.#buffer[k] ?? 0) - (edge.values[i * this.#classes + k] ?? 0));
      }
      if (Number.isNaN(distance)) continue;
      // With one sigmoid channel the other class's probability moves by as much the other way.
      this.sum += this.#classes === 1 ? distance : distance / 2;
      this.pixels += 1;
    }
  }
}
