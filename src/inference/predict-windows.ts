import { windowArea, type Window } from '../geo/window.ts';
import { normaliseInto, type Normaliser } from '../model/normalise.ts';
import type { ShapeNCHW } from '../model/onnx-network.ts';
import type { NetworkSession } from '../model/onnx-session.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';
import { BATCH_MIB } from './memory-estimate.ts';

export interface Prediction {
  readonly session: NetworkSession;
  /** Pixels that were read, and how they become a network's input. */
  readonly strip: PixelBlock;
  readonly normaliser: Normaliser;
  /** Two inputs, told apart by a number: one is made while the other is computed. */
  readonly memory: { input(which: number, length: number): Float32Array };
}

/** A run on its way, and what to do with its logits. */
interface Running {
  readonly logits: Promise<Float32Array>;
  readonly start: number;
  handOut(logits: Float32Array): void;
}

/**
 * Runs networks on windows of chips, one run at a time. While some chips are computed, the next are normalised and the ones
 * before handed out; the last run is on its way until there are more chips, or nothing more is to come.
 */
export class Predictor {
  #running: Running | null = null;
  #runs = 0;
  #seconds = 0;

  /** Seconds that runs took, those that were waited for. */
  get seconds(): number {
    return this.#seconds;
  }

  /**
   * Begins to compute these chips, and hands out their logits (channels, height, width) in the same order, the last ones
   * later. Neighbours of one size are run together where the session says that this pays, as far as BATCH_MIB allows.
   */
  async predict<T extends { readonly input: Window }>(
    chips: readonly T[],
    prediction: Prediction,
    use: (chip: T, logits: Float32Array) => void,
  ): Promise<void> {
    for (let at = 0; at < chips.length;) {
      const group = await nextGroup(chips, at, prediction);
      const { input, shape } = makeBatch(group, this.#runs % 2, prediction);
      const handOutLast = await this.#last();
      this.#runs += 1;
      const logits = prediction.session.run(input, shape);
      // A failure is told where the logits are waited for.
      logits.catch(() => undefined);
      this.#running = {
        logits,
        start: performance.now(),
        handOut(logits) {
          for (const [i, chip] of group.entries()) {
            const length = prediction.session.card.output.channels * windowArea(chip.input);
            use(chip, logits.subarray(i * length, (i + 1) * length));
          }
        },
      };
      handOutLast();
      at += group.length;
    }
  }

  /** Hands out what is on its way: no more chips are to come, or none of the same model. */
  async finish(): Promise<void> {
    (await this.#last())();
  }

  /** Waits for what is on its way, and drops it. */
  async drop(): Promise<void> {
    await this.#running?.logits.catch(() => undefined);
    this.#running = null;
  }

  /** Waits for the last run; hands it out when it is called. */
  async #last(): Promise<() => void> {
    const running = this.#running;
    if (running === null) return () => undefined;
    const logits = await running.logits;
    this.#seconds += (performance.now() - running.start) / 1000;
    this.#running = null;
    return () => running.handOut(logits);
  }
}

async function nextGroup<T extends { readonly input: Window }>(
  chips: readonly T[],
  at: number,
  { session, strip }: Prediction,
): Promise<readonly T[]> {
  const first = chips[at]?.input;
  if (first === undefined || session.imagesAtOnce === undefined) return chips.slice(at, at + 1);
  const { width: w, height: h } = first;
  const other = chips.findIndex(({ input }, i) => i > at && (input.width !== w || input.height !== h));
  const there = (other < 0 ? chips.length : other) - at;
  const bytes = 4 * (strip.bands + session.card.output.channels) * w * h;
  const most = Math.max(1, Math.min(there, Math.floor((BATCH_MIB * 1024 * 1024) / bytes)));
  return chips.slice(at, at + (await session.imagesAtOnce({ c: strip.bands, h, w }, most)));
}

function makeBatch(
  group: readonly { readonly input: Window }[],
  which: number,
  { session, strip, normaliser, memory }: Prediction,
): { input: Float32Array; shape: ShapeNCHW } {
  const { width = 0, height = 0 } = group[0]?.input ?? {};
  const image = strip.bands * width * height;
  const n = session.batch ?? group.length;
  const input = memory.input(which, image * n);
  for (const [i, { input: window }] of group.entries())
    normaliseInto(input.subarray(i * image, (i + 1) * image), strip, normaliser, window);
  return { input, shape: { n, c: strip.bands, h: height, w: width } };
}
