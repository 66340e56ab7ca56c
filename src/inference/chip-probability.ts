import type { Window } from '../geo/window.ts';
import type { ModelCard } from '../model/card.ts';
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
  return (x, y, into) => {
    const at = (y - input.y) * input.width + (x - input.x);
    const pixel = (y - pixels.window.y) * pixels.window.width + (x - pixels.window.x);
    if (pixels.valid[pixel] !== 1) {
      into.fill(Number.NaN);
      return;
    }
    if (output.activation === 'sigmoid') {
      into[0] = 1 / (1 + Math.exp(-(logits[at] ?? 0) / temperature));
      return;
    }
    let sum = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < channels; k += 1) largest = Math.max(largest, logits[k * plane + at] ?? 0);
    for (let k = 0; k < channels; k += 1) {
      into[k] = Math.exp(((logits[k * plane + at] ?? 0) - largest) / temperature);
      sum += into[k] ?? 0;
    }
    for (let k = 0; k < channels; k += 1) into[k] = (into[k] ?? 0) / sum;
  };
}
