import type { Window } from '../geo/window.ts';
import type { ModelCard } from '../model/card.ts';
import { softmaxPixel, softmaxScratch } from '../model/decode.ts';
import { sigmoid } from '../model/sigmoid-table.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';
import type { ProbabilityAt } from './seam.ts';

/** One chip's probabilities by place, from its logits (channels, height, width); for the few pixels of the seam score. */
export function probabilityAt(
  output: ModelCard['output'],
  input: Window,
  logits: Float32Array,
  pixels: PixelBlock,
): ProbabilityAt {
  const { channels, temperature } = output;
  const plane = input.width * input.height;
  const rectangle = { data: logits, plane, at: { offset: 0, stride: input.width } };
  const scratch = softmaxScratch(channels);
  return (x, y, into) => {
    const at = (y - input.y) * input.width + (x - input.x);
    const pixel = (y - pixels.window.y) * pixels.window.width + (x - pixels.window.x);
    if (pixels.valid[pixel] !== 1) into.fill(Number.NaN);
    else if (output.activation === 'sigmoid') into[0] = sigmoid(logits[at] ?? Number.NaN, temperature);
    else {
      softmaxPixel(rectangle, at, temperature, scratch);
      into.set(scratch.probabilities);
    }
  };
}
