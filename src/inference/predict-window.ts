import type { Window } from '../geo/window.ts';
import { normaliseInto, type Normaliser } from '../model/normalise.ts';
import type { NetworkSession } from '../model/onnx-session.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';

/** Runs a network on one window of pixels that were read: logits (channels, height, width), and the seconds it took. */
export async function predictWindow(
  session: NetworkSession,
  { strip, window, normaliser }: { strip: PixelBlock; window: Window; normaliser: Normaliser },
  memory: { input(length: number): Float32Array },
): Promise<{ logits: Float32Array; seconds: number }> {
  const { width, height } = window;
  const image = strip.bands * width * height;
  const batch = session.batch ?? 1;
  const input = memory.input(image * batch);
  normaliseInto(input.subarray(0, image), strip, normaliser, window);
  const start = performance.now();
  const logits = await session.run(input, { n: batch, c: strip.bands, h: height, w: width });
  return { logits, seconds: (performance.now() - start) / 1000 };
}
