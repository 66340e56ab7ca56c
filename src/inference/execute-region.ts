import type { MapTask, MapTaskReport } from '../engine/protocol.ts';
import { intersectWindows, windowArea, type Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import type { ModelCard } from '../model/card.ts';
import { createDecoder } from '../model/decoder.ts';
import { createNormaliser, type BandStatistics, type Normaliser } from '../model/normalise.ts';
import type { ModelSession, NoopSession } from '../model/onnx-session.ts';
import type { PixelBlock, ReaderInto } from '../raster/pixel-block.ts';
import { NO_SEAM, type EdgeStrip } from '../tiling/chip-edges.ts';
import type { Chip } from '../tiling/plan-chips.ts';
import { anyValid } from './any-valid.ts';
import { createCanvas, type Canvas, type CanvasMemory } from './canvas.ts';
import { probabilityAt } from './chip-probability.ts';
import { chipsOfTask } from './plan-map.ts';
import { Predictor } from './predict-windows.ts';
import { RollingStrip, StripMemory } from './rolling-strip.ts';
import { SeamMeter } from './seam.ts';

export interface RegionInput {
  readonly task: MapTask;
  readonly grid: WorkingGrid;
  /** The scene's statistics of the task's bands, taken at ingest. */
  readonly statistics: BandStatistics;
}

/** Large buffers that a worker's regions share: what one reads and computes with, the next may overwrite. */
export class WorkMemory {
  readonly strips = new StripMemory();
  readonly #inputs: Float32Array[] = [];

  /** One of two network inputs, of so many floats, in shared memory; what it holds is undefined. */
  input(which: number, length: number): Float32Array {
    let input = this.#inputs[which];
    if (input === undefined || input.length < length) {
      input = new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
      this.#inputs[which] = input;
    }
    return input.subarray(0, length);
  }
}

export interface RegionPorts {
  readonly reader: ReaderInto;
  readonly session: ModelSession;
  readonly memory: WorkMemory;
  /** Holds the result until another region is painted in it. */
  readonly canvas: CanvasMemory;
  /** Where its first pixels are being read (see `readRegionAhead`). */
  readonly strip: RollingStrip;
  progress(chips: number, chipsTotal: number): void;
  /** Everything has been read: another region may be, in the same memory, and is computed after this one. */
  room(): void;
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
  const { strip } = ports;
  try {
    for (const [index, row] of rows.entries()) {
      const start = performance.now();
      const pixels = await strip.advance(row.window);
      run.secondsRead += (performance.now() - start) / 1000;
      const next = rows[index + 1];
      if (next === undefined) ports.room();
      else strip.prefetch(next.window);
      await run.row(row.chips, pixels);
    }
    return await run.finish();
  } finally {
    await Promise.all([strip.settle(), run.drop()]);
  }
}

/** Begins to read a region: its first row of chips, for a model with this card. Whoever does waits for `settle` in the end. */
export function readRegionAhead(
  { task, grid }: Pick<RegionInput, 'task' | 'grid'>,
  card: ModelCard | null,
  { reader, memory }: Pick<RegionPorts, 'reader' | 'memory'>,
): RollingStrip {
  const [first] = chipRows(chipsOfTask(task, grid, card));
  const strip = new RollingStrip(reader, task.bands.length, memory.strips);
  if (first !== undefined) strip.prefetch(first.window);
  return strip;
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
  #secondsStandIn = 0;
  readonly #predictor = new Predictor();
  /** What a device that pretends is busy with. */
  #pretending: Promise<void> = Promise.resolve();
  secondsRead = 0;

  constructor(input: RegionInput, ports: RegionPorts, total: number) {
    const { card } = ports.session;
    const { bands, parameters, window } = input.task;
    this.#input = input;
    this.#ports = ports;
    this.#total = total;
    const decoder = card === null ? null : createDecoder(card);
    this.#canvas = createCanvas(window, decoder, parameters.blendPixels, ports.canvas);
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
      await this.#pretending;
      this.#pretending = this.#standIn(session, filled);
      // Told where it is waited for.
      this.#pretending.catch(() => undefined);
      for (const chip of filled) this.#paint(chip, null, strip);
      return;
    }
    if (this.#normaliser === null) throw new Error('a network without a normaliser');
    const prediction = { session, strip, normaliser: this.#normaliser, memory };
    await this.#predictor.predict(filled, prediction, (chip, logits) => {
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
    this.#secondsStandIn += (performance.now() - start) / 1000;
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

  /** Waits for what is being computed, and drops it. */
  async drop(): Promise<void> {
    await Promise.all([this.#predictor.drop(), this.#pretending.catch(() => undefined)]);
  }

  async finish(): Promise<RegionResult> {
    await Promise.all([this.#predictor.finish(), this.#pretending]);
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
      seconds: { read: this.secondsRead, inference: this.#predictor.seconds + this.#secondsStandIn },
    };
  }
}
