import type { SeparableWeights } from '../model/probabilities.ts';
import type { Chip } from '../tiling/plan-chips.ts';

/**
 * A chip's weights over its `keep` window: 1 inside the core, falling linearly from 1 to 0 over `blendPixels` on both
 * sides of each core edge, so that two neighbours add up to 1. Where sums differ (edges of the grid, cores narrower
 * than the band) they are divided out. A function of the chip's place alone, not of the region.
 */
export const blendWeights = (chip: Chip, blendPixels: number): SeparableWeights => ({
  columns: ramp(chip.keep.x, chip.keep.width, { start: chip.core.x, length: chip.core.width, blendPixels }),
  rows: ramp(chip.keep.y, chip.keep.height, { start: chip.core.y, length: chip.core.height, blendPixels }),
});

function ramp(
  first: number,
  count: number,
  core: { start: number; length: number; blendPixels: number },
): Float32Array {
  const weights = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const centre = first + i + 0.5;
    const inside = Math.min(centre - core.start, core.start + core.length - centre);
    weights[i] = Math.min(1, Math.max(0, (inside + core.blendPixels) / (2 * core.blendPixels)));
  }
  return weights;
}
