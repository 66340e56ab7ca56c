import type { BandStatistics } from '../model/normalise.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';

/** Deviations around the mean that a picture shows where values are not bytes already. */
const SPREAD = 2.5;

/**
 * A chip as a person sees it: RGB of its first three bands (or grey of the first), (side, side, 3). Bytes are shown as they
 * are; other values from mean - 2.5 to mean + 2.5 deviations of the scene. Pixels without data are white.
 */
export function chipPicture(block: PixelBlock, statistics: BandStatistics): Uint8Array {
  const pixels = block.window.width * block.window.height;
  const picture = new Uint8Array(3 * pixels);
  const bands = block.bands >= 3 ? [0, 1, 2] : [0, 0, 0];
  bands.forEach((band, channel) => {
    const [mean = 0, std = 1] = [statistics.mean[band], statistics.std[band]];
    const [low, scale] =
      block.type === 'uint8' ? [0, 1] : [mean - SPREAD * std, 255 / Math.max(1e-6, 2 * SPREAD * std)];
    for (let i = 0; i < pixels; i += 1) {
      const value = ((block.data[band * pixels + i] as number) - low) * scale;
      picture[3 * i + channel] = block.valid[i] === 0 ? 255 : Math.max(0, Math.min(255, Math.round(value)));
    }
  });
  return picture;
}
