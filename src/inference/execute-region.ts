import type { MapTask, MapTaskReport } from '../engine/protocol.ts';
import { intersectWindows, windowArea, type Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { createDecoder } from '../model/decoder.ts';
import { createNormaliser, type BandStatistics, type Normaliser } from '../model/normalise.ts';
import type { ModelSession, NoopSession } from '../model/onnx-session.ts';
import type { PixelBlock, ReaderInto } from '../raster/pixel-block.ts';
import { NO_SEAM, type EdgeStrip } from '../tiling/chip-edges.ts';
import type { Chip } from '../tiling/plan-chips.ts';
import { anyValid } from './any-valid.ts';
import { createCanvas, CanvasMemory, type Canvas } from './canvas.ts';
import { probabilityAt } from './chip-probability.ts';
import { chipsOfTask } from './plan-map.ts';
import { predictWindows } from './predict-windows.ts';
import { RollingStrip, StripMemory } from './rolling-strip.ts';
import { SeamMeter } from './seam.ts';

export interface RegionInput {
  readonly task: MapTask;
  readonly grid: WorkingGrid;
  /** The scene's statistics of the task's bands, taken at ingest. */
  readonly statistics: BandStatistics;
}

/** The large buffers of a region, used again for the next one. */
export class RegionMemory {
  readonly canvas = new CanvasMemory();
  readonly strips = new StripMemory();
  #input = new Float32Array(0);

  /** A network input of so many floats; what it holds is undefined. */
  input(length: number): Float32Array {
    if (this.#input.length < length) this.#input = new Float32Array(length);
    return this.#input.subarray(0, length);
  }
}

export interface RegionPorts {
  readonly reader: ReaderInto;
  readonly session: ModelSession;
  /** Holds the result until the next region is executed with it; one region at a time. */
  readonly memory: RegionMemory;
  progress(chips: number, chipsTotal: number): void;
}

export interface RegionResult {
  /** (height, width) of the region: class ids, 255 without data; confidences, 0 without data. */
  readonly classes: Uint8Array;
  readonly confidence: Uint8Array;
  /** What its chips predict at its border, for the seams between regions. */
  readonly borders: readonly EdgeStrip[];
  readonly counts: Pick<
    MapTaskReport,
    'pixels' | 'validPixels' | 'chips' | 'chipsSkipped' | 'pixelsComputed' | 'pixelsKept' | 'seam'
  >;
  readonly seconds: { readonly read: number; readonly inference: number };
}

/**
 * Maps one region: reads it and its halo once, row of chips by row of chips (the next row is read while one is
 * computed), normalises, runs the network, and paints class and confidence. Chips whose kept part has no data are
 * skipped. The result depends on the scene, the model and the parameters, not on the region's size.
 */
export async function executeRegion(input: RegionInput, ports: RegionPorts): Promise<RegionResult> {
  const chips = chipsOfTask(input.task, input.grid, ports.session.card);
  const rows = chipRows(chips);
  const run = new RegionRun(input, ports, chips.length);
  const strip = new RollingStrip(ports.reader, input.task.bands.length, { memory: ports.memory.strips });
  try {
    for (const [index, row] of rows.entries()) {
      const start = performance.now();
      const pixels = await strip.advance(row.window);
      run.secondsRead += (performance.now() - start) / 1000;
      const next = rows[index + 1];
      if (next !== undefined) strip.prefetch(next.window);
      await run.row(row.chips, pixels);
    }
    return run.result();
  } finally {
    await strip.settle();
  }
}

/** Chips row by row, each row with the window that holds all it reads. */
function chipRows(chips: readonly Chip[]): { window: Window; chips: Chip[] }[] {
  const rows: { window: Window; chips: Chip[] }[] = [];
  for (const chip of chips) {
    const last = rows.at(-1);
    if (last === undefined || last.chips[0]?.row !== chip.row)
      rows.push({ window: chip.input, chips: [chip] });
    else {
      last.chips.push(chip);
      last.window = { ...last.window, width: chip.input.x + chip.input.width - last.window.x };
    }
  }
  return rows;
}

class RegionRun {
  readonly #input: RegionInput;
  readonly #ports: RegionPorts;
  /** Chips. */
  readonly #total: number;
  readonly #canvas: Canvas;
  readonly #seam: SeamMeter | null;
  readonly #normaliser: Normaliser | null;
  #done = 0;
  #skipped = 0;
  #computed = 0;
  #kept = 0;
  #secondsInference = 0;
  secondsRead = 0;

  constructor(input: RegionInput, ports: RegionPorts, total: number) {
    const { card } = ports.session;
    const { bands, parameters, window } = input.task;
    this.#input = input;
    this.#ports = ports;
    this.#total = total;
    const decoder = card === null ? null : createDecoder(card);
    this.#canvas = createCanvas(window, decoder, parameters.blendPixels, ports.memory.canvas);
    this.#seam =
      decoder === null || parameters.haloPixels === 0
        ? null
        : new SeamMeter({ region: window, grid: input.grid }, decoder.channels);
    this.#normaliser =
      card === null
        ? null
        : createNormaliser(card.normalisation, input.statistics, bands.length, ports.reader.type);
  }

  async row(chips: readonly Chip[], strip: PixelBlock): Promise<void> {
    const { session, memory } = this.#ports;
    const filled = chips.filter((chip) => anyValid(strip, chip.keep));
    for (const chip of chips) if (!filled.includes(chip)) this.#skip(chip);
    if (session.variant === 'noop') {
      for (const chip of filled) this.#paint(chip, null, strip);
      await this.#standIn(session, filled);
      return;
    }
    if (this.#normaliser === null) throw new Error('a network without a normaliser');
    const prediction = { session, strip, normaliser: this.#normaliser, memory };
    this.#secondsInference += await predictWindows(filled, prediction, (chip, logits) => {
      this.#seam?.observe(chip, probabilityAt(session.card.output, chip.input, logits, strip));
      this.#paint(chip, logits, strip);
    });
  }

  /** Where no network is run but a device pretends: the row's chips, as one batch. */
  async #standIn(session: NoopSession, chips: readonly Chip[]): Promise<void> {
    if (session.compute === undefined || chips.length === 0) return;
    const pixels = chips.reduce((sum, { input }) => sum + windowArea(input), 0);
    const start = performance.now();
    await session.compute({ images: chips.length, megapixels: pixels / 1e6 });
    this.#secondsInference += (performance.now() - start) / 1000;
  }

  #skip(chip: Chip): void {
    this.#canvas.skip(chip);
    this.#skipped += 1;
    this.#count();
  }

  #paint(chip: Chip, logits: Float32Array | null, strip: PixelBlock): void {
    this.#canvas.paint(chip, logits, strip);
    this.#computed += windowArea(chip.input);
    const core = intersectWindows(chip.core, this.#input.task.window);
    this.#kept += core === null ? 0 : windowArea(core);
    this.#count();
  }

  #count(): void {
    this.#done += 1;
    this.#ports.progress(this.#done, this.#total);
  }

  result(): RegionResult {
    const { classes, confidence, validPixels } = this.#canvas.finish();
    return {
      classes,
      confidence,
      borders: this.#seam?.borders ?? [],
      counts: {
        pixels: windowArea(this.#input.task.window),
        validPixels,
        chips: this.#done,
        chipsSkipped: this.#skipped,
        pixelsComputed: this.#computed,
        pixelsKept: this.#kept,
        seam: this.#seam?.seams.inside ?? NO_SEAM,
      },
      seconds: { read: this.secondsRead, inference: this.#secondsInference },
    };
  }
}
