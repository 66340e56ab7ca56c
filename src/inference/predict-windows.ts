import { windowArea, type Window } from '../geo/window.ts';
import { normaliseInto, type Normaliser } from '../model/normalise.ts';
import type { NetworkSession } from '../model/onnx-session.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';
import { BATCH_MIB } from './memory-estimate.ts';

export interface Prediction {
  readonly session: NetworkSession;
  /** Pixels that were read, and how they become a network's input. */
  readonly strip: PixelBlock;
  readonly normaliser: Normaliser;
  readonly memory: { input(length: number): Float32Array };
}

/**
 * Runs a network on the windows of these chips, and hands out their logits (channels, height, width) in the same order.
 * Neighbours of one size are run together where the session says that this pays, as far as BATCH_MIB allows. Returns the
 * seconds that the network took.
 */
export async function predictWindows<T extends { readonly input: Window }>(
  chips: readonly T[],
  prediction: Prediction,
  use: (chip: T, logits: Float32Array) => void,
): Promise<number> {
  let seconds = 0;
  for (let at = 0; at < chips.length;) {
    const group = await nextGroup(chips, at, prediction);
    const { logits, seconds: more } = await predictGroup(group, prediction);
    seconds += more;
    for (const [i, chip] of group.entries()) {
      const length = prediction.session.card.output.channels * windowArea(chip.input);
      use(chip, logits.subarray(i * length, (i + 1) * length));
    }
    at += group.length;
  }
  return seconds;
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

async function predictGroup(
  group: readonly { readonly input: Window }[],
  { session, strip, normaliser, memory }: Prediction,
): Promise<{ logits: Float32Array; seconds: number }> {
  const { width = 0, height = 0 } = group[0]?.input ?? {};
  const image = strip.bands * width * height;
  const n = session.batch ?? group.length;
  const input = memory.input(image * n);
  for (const [i, { input: window }] of group.entries())
    normaliseInto(input.subarray(i * image, (i + 1) * image), strip, normaliser, window);
  const start = performance.now();
  const logits = await session.run(input, { n, c: strip.bands, h: height, w: width });
  return { logits, seconds: (performance.now() - start) / 1000 };
}
