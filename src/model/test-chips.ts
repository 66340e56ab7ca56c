import { randomInt, seededRandom, type Random } from '../core/random.ts';

/**
 * A made-up normalised chip, (bands, height, width) float32 with mean near 0, deviation near 1, within +-3: patches with
 * sharp edges on a slow gradient with noise, so that a network sees flats, edges and texture. Seeded.
 */
export function makeTestChip(seed: number, bands: number, height: number, width: number): Float32Array {
  const random = seededRandom(seed);
  const chip = new Float32Array(bands * height * width);
  const plane = height * width;
  for (let band = 0; band < bands; band += 1) {
    const [dx, dy] = [random() - 0.5, random() - 0.5];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const noise = random() + random() - 1;
        chip[band * plane + y * width + x] = (dx * x) / width + (dy * y) / height + 0.5 * noise;
      }
    }
  }
  const patches = Math.ceil(plane / 600);
  for (let i = 0; i < patches; i += 1) addPatch(chip, random, { bands, height, width });
  for (let i = 0; i < chip.length; i += 1) chip[i] = Math.min(3, Math.max(-3, chip[i] ?? 0));
  return chip;
}

function addPatch(
  chip: Float32Array,
  random: Random,
  size: { bands: number; height: number; width: number },
): void {
  const { bands, height, width } = size;
  const [x0, y0] = [randomInt(random, width), randomInt(random, height)];
  const x1 = Math.min(width, x0 + 2 + randomInt(random, 40));
  const y1 = Math.min(height, y0 + 2 + randomInt(random, 40));
  const brightness = (random() - 0.5) * 3;
  for (let band = 0; band < bands; band += 1) {
    const value = brightness + (random() - 0.5);
    for (let y = y0; y < y1; y += 1) {
      const row = (band * height + y) * width;
      for (let x = x0; x < x1; x += 1) chip[row + x] = 0.7 * value + 0.3 * (chip[row + x] ?? 0);
    }
  }
}
