import type { RoutingReport } from '../engine/protocol.ts';
import { intersectWindows, windowArea, type Window } from '../geo/window.ts';
import { createDecoder, type Decoder } from '../model/decoder.ts';
import { decodeInto } from '../model/decode.ts';
import { createNormaliser, type Normaliser } from '../model/normalise.ts';
import type { NetworkSession } from '../model/onnx-session.ts';
import { placementOf } from '../model/placement.ts';
import type { PixelBlock, ReaderInto } from '../raster/pixel-block.ts';
import { borderPatches } from '../tiling/border-patches.ts';
import { CellModels, type RoutedChip } from '../tiling/cell-lattice.ts';
import { planChips } from '../tiling/plan-chips.ts';
import { anyValid } from './any-valid.ts';
import { BorderBlend } from './border-blend.ts';
import { probabilityAt } from './chip-probability.ts';
import type { CanvasMemory } from './canvas.ts';
import type { RegionInput, RegionResult, WorkMemory } from './execute-region.ts';
import type { RegionRouter } from './region-router.ts';
import { Predictor } from './predict-windows.ts';
import { RollingStrip } from './rolling-strip.ts';
import { RoutedCanvas } from './routed-canvas.ts';
import {
  chipsByModel,
  latticeRows,
  routeRow,
  rowRouting,
  type LatticeRow,
  type RoutedRow,
  type RoutingRules,
  type RowRouting,
} from './route-row.ts';
import { SeamMeter } from './seam.ts';

export interface RoutedRegionInput extends RegionInput, RoutingRules {
  /** Bands of the reader: the task's, then those that only the encoder needs. */
  readonly bandsRead: number;
}

export interface RoutedRegionPorts {
  readonly reader: ReaderInto;
  readonly router: RegionRouter;
  readonly memory: WorkMemory;
  /** Holds the result until another region is painted in it. */
  readonly canvas: CanvasMemory;
  /** Where its first pixels are being read (see `readRoutedRegionAhead`). */
  readonly strip: RollingStrip;
  /** The session of a model; it may close others. */
  open(model: number): Promise<NetworkSession>;
  progress(chips: number, chipsTotal: number): void;
  /** As of a region with one model. */
  room(): void;
}

export interface RoutedRegionResult extends RegionResult {
  /** (height, width) of the region: bucket, UNKNOWN_BUCKET or NO_BUCKET; margin in bits, NO_MARGIN. */
  readonly bucket: Uint8Array;
  readonly margin: Uint8Array;
  readonly routing: RoutingReport;
}

/**
 * Maps one region with the models of its buckets, in one pass: each row of lattice chips is read once, its cells are
 * embedded, hashed and assigned, and rectangles of cells of one model are computed as chips, one model after the other.
 * The next row is routed before a row is computed, so that every chip knows what lies beside it: where another model
 * does, both blend (see `BorderBlend`; across the edge of a lattice chip by `borderPatches`). Lattice chips beside the
 * region are routed for that, and not computed. Cells between two buckets are computed by both models where `softBits`
 * asks for it. The result depends on the scene, the models and the parameters, not on the region.
 */
export async function executeRoutedRegion(
  input: RoutedRegionInput,
  ports: RoutedRegionPorts,
): Promise<RoutedRegionResult> {
  const run = new RoutedRun(input, ports);
  const rows = latticeRows(latticeCores(input), run.routing);
  const { strip } = ports;
  const advance = async (index: number): Promise<ReadRow | null> => {
    const row = rows[index];
    if (row === undefined) return null;
    const start = performance.now();
    const pixels = await strip.advance(row.window);
    run.secondsRead += (performance.now() - start) / 1000;
    const next = rows[index + 1];
    if (next === undefined) ports.room();
    else strip.prefetch(next.window);
    return { row, routed: await run.route(row, pixels), pixels };
  };
  try {
    let current = await advance(0);
    for (let index = 0; current !== null; index += 1) {
      const next = await advance(index + 1);
      await run.compute(current, { done: index, of: rows.length });
      current = next;
    }
    return run.result();
  } finally {
    await Promise.all([strip.settle(), run.drop()]);
  }
}

/** Begins to read a region: its first row of lattice chips. Whoever does waits for `settle` in the end. */
export function readRoutedRegionAhead(
  input: RoutedRegionInput,
  { reader, router, memory }: Pick<RoutedRegionPorts, 'reader' | 'router' | 'memory'>,
): RollingStrip {
  const [first] = latticeRows(latticeCores(input), routingOf(input, router));
  const strip = new RollingStrip(reader, input.bandsRead, memory.strips);
  if (first !== undefined) strip.prefetch(first.window);
  return strip;
}

const routingOf = (input: RoutedRegionInput, router: RegionRouter): RowRouting =>
  rowRouting(input, { grid: input.grid, corePixels: input.task.parameters.corePixels }, router);

/** A row that was read and routed. */
interface ReadRow {
  readonly row: LatticeRow;
  readonly routed: RoutedRow;
  readonly pixels: PixelBlock;
}

/** Cores of the lattice chips that a region has to know: its own, and those beside it where models blend. */
function latticeCores({ task, grid, models }: RoutedRegionInput): Window[] {
  const blendPixels = models.length > 1 ? task.parameters.blendPixels : 0;
  const { corePixels } = task.parameters;
  const rule = { corePixels, haloPixels: blendPixels, blendPixels, multiple: 1, fixed: null };
  return planChips(grid, task.window, rule).map(({ core }) => core);
}

class RoutedRun {
  readonly #input: RoutedRegionInput;
  readonly #ports: RoutedRegionPorts;
  readonly #decoders: readonly Decoder[];
  readonly #normalisers = new Map<number, Normaliser>();
  readonly #canvas: RoutedCanvas;
  readonly #seam: SeamMeter;
  readonly #blend: BorderBlend | null;
  readonly #blendPixels: number;
  readonly #cellModels = new CellModels();
  readonly routing: RowRouting;
  #chips = 0;
  #skipped = 0;
  #computed = 0;
  #kept = 0;
  readonly #predictor = new Predictor();
  #secondsRouting = 0;
  secondsRead = 0;

  constructor(input: RoutedRegionInput, ports: RoutedRegionPorts) {
    const { task, grid, models, cellPixels } = input;
    const { window: region, parameters } = task;
    this.#input = input;
    this.#ports = ports;
    this.#decoders = models.map(({ card }) => createDecoder(card));
    this.#canvas = new RoutedCanvas(region, ports.canvas, input.modelOfBucket.length);
    this.#seam = new SeamMeter({ region, grid }, this.#decoders[0]?.channels ?? 1, {
      cellPixels,
      blendPixels: parameters.blendPixels,
    });
    const { blendPixels, corePixels } = parameters;
    const blend = { grid, cellPixels, corePixels, region, blendPixels, decoders: this.#decoders };
    this.#blend = blendPixels > 0 && models.length > 1 ? new BorderBlend(blend, this.#cellModels) : null;
    this.#blendPixels = blendPixels;
    this.routing = routingOf(input, ports.router);
  }

  async route(row: Parameters<typeof routeRow>[0], pixels: PixelBlock): Promise<RoutedRow> {
    const start = performance.now();
    const routed = await routeRow(row, pixels, this.routing, this.#cellModels);
    this.#secondsRouting += (performance.now() - start) / 1000;
    for (const cell of routed.cells) this.#canvas.route(cell);
    return routed;
  }

  async compute(
    { row, routed, pixels }: ReadRow,
    rows: { readonly done: number; readonly of: number },
  ): Promise<void> {
    const strip = firstBands(pixels, this.#input.task.bands.length);
    const region = this.#input.task.window;
    let passed = 0;
    // In thousandths: how many chips there will be is not known.
    const pass = (chips: number) => {
      passed += chips;
      const share = (rows.done + passed / routed.chips.length) / rows.of;
      this.#ports.progress(Math.floor(1000 * share), 1000);
    };
    for (const chips of chipsByModel(routed)) {
      const kept = chips.flatMap((chip) => {
        const keep = intersectWindows(chip.core, region);
        return keep === null ? [] : [{ ...chip, keep }];
      });
      const filled = kept.filter(({ keep }) => anyValid(strip, keep));
      this.#chips += kept.length;
      this.#skipped += kept.length - filled.length;
      pass(chips.length - filled.length);
      await this.#predict(filled, strip, (chip, logits) => {
        if (chip.paints) this.#paint(chip, logits, strip);
        this.#blend?.add(chip, logits);
        pass(1);
      });
    }
    if (this.#blend === null) return;
    const blend = this.#blend;
    const { models } = this.routing;
    for (const chip of row.chips) {
      if (intersectWindows(chip.core, region) === null) continue;
      for (const patch of borderPatches(chip, this.#cellModels, this.#blendPixels, models)) {
        if (intersectWindows(patch.core, region) === null || !anyValid(strip, patch.core)) continue;
        await this.#predict([patch], strip, (one, logits) => blend.addPatch(one, logits));
      }
    }
  }

  #paint(chip: RoutedChip & { readonly keep: Window }, logits: Float32Array, strip: PixelBlock): void {
    const { keep } = chip;
    const { haloPixels = 0, card } = this.#input.models[chip.model] ?? {};
    const decoder = this.#decoders[chip.model];
    if (decoder === undefined || card === undefined) throw new RangeError(`no model ${chip.model}`);
    if (haloPixels > 0)
      this.#seam.observe(chip, probabilityAt(card.output, chip.input, logits, strip), chip.model);
    const source = {
      logits: { data: logits, plane: windowArea(chip.input), at: placementOf(chip.input, keep) },
      valid: { data: strip.valid, at: placementOf(strip.window, keep) },
    };
    decodeInto(decoder, keep, source, this.#canvas.target(keep));
    this.#kept += windowArea(keep);
  }

  /** Chips of one model. */
  async #predict<T extends Pick<RoutedChip, 'model' | 'input'>>(
    chips: readonly T[],
    strip: PixelBlock,
    use: (chip: T, logits: Float32Array) => void,
  ): Promise<void> {
    const [first] = chips;
    if (first === undefined) return;
    const { memory } = this.#ports;
    const session = await this.#ports.open(first.model);
    const prediction = { session, strip, normaliser: this.#normaliser(first.model), memory };
    await this.#predictor.predict(chips, prediction, use);
    // To open another model this one may have to be closed.
    await this.#predictor.finish();
    this.#computed += chips.reduce((sum, { input }) => sum + windowArea(input), 0);
  }

  /** Waits for what is being computed, and drops it. */
  drop(): Promise<void> {
    return this.#predictor.drop();
  }

  #normaliser(model: number): Normaliser {
    const known = this.#normalisers.get(model);
    if (known !== undefined) return known;
    const rule = this.#input.models[model]?.card.normalisation;
    if (rule === undefined) throw new RangeError(`no model ${model}`);
    const { statistics, task } = this.#input;
    const made = createNormaliser(rule, statistics, task.bands.length, this.#ports.reader.type);
    this.#normalisers.set(model, made);
    return made;
  }

  result(): RoutedRegionResult {
    const layers = this.#canvas.finish(this.#blend);
    const { seams, borders } = this.#seam;
    return {
      ...layers,
      borders,
      counts: {
        pixels: windowArea(this.#input.task.window),
        validPixels: layers.validPixels,
        chips: this.#chips,
        chipsSkipped: this.#skipped,
        pixelsComputed: this.#computed,
        pixelsKept: this.#kept,
        seam: seams.inside,
      },
      routing: {
        ...this.#canvas.counts,
        borders: seams.borders,
        steps: seams.steps,
        seconds: this.#secondsRouting,
      },
      seconds: { read: this.secondsRead, inference: this.#predictor.seconds },
    };
  }
}

/** The same pixels with the first bands only. */
const firstBands = (block: PixelBlock, bands: number): PixelBlock => ({
  ...block,
  bands,
  data: block.data.subarray(0, bands * windowArea(block.window)),
});
