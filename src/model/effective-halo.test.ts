import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createDecoder } from './decoder.ts';
import { haloChips, measureEffectiveHalo } from './effective-halo.ts';
import { openNetwork, type OnnxNetwork } from './onnx-network.ts';

const entry = (id: number) => ({ id, name: `class ${id}`, colour: '#123456' });
const output = { activation: 'sigmoid' as const, channels: 1, temperature: 1, threshold: 0.5 };
const binary = createDecoder({ classes: [entry(1)], background: true, output });
const three = createDecoder({
  classes: [entry(1), entry(2)],
  background: true,
  output: { ...output, activation: 'softmax', channels: 3 },
});

async function measure(
  name: string,
  decoder: typeof binary,
  side: number,
  terms: { multiple: number; tolerance: number },
) {
  const file = fileURLToPath(new URL(`../../tests/fixtures/models/${name}.onnx`, import.meta.url));
  const network: OnnxNetwork = await openNetwork(await readFile(file), { file, threads: 1 });
  const size = { height: side, width: side };
  const halo = await measureEffectiveHalo(network, decoder, {
    side: size,
    ...terms,
    anySide: true,
    chips: haloChips(3, size),
  });
  await network.close();
  return halo;
}

describe('measureEffectiveHalo', () => {
  it.each([1, 2])(
    'is the receptive field of three 3x3 convolutions, 3 pixels, rounded up to %d',
    async (multiple) => {
      const halo = await measure('conv3', binary, 64, { multiple, tolerance: 0 });
      expect(halo.pixels).toBe(Math.ceil(3 / multiple) * multiple);
      expect(halo.changes.get(halo.pixels ?? 0)).toBe(0);
      expect(halo.changes.get((halo.pixels ?? 0) - multiple)).toBeGreaterThan(0);
    },
  );

  it('is smaller where more change is allowed', async () => {
    const exact = await measure('conv3', binary, 64, { multiple: 1, tolerance: 0 });
    const atTwo = exact.changes.get(2) ?? 0;
    expect(atTwo).toBeGreaterThan(0);
    expect(
      (await measure('conv3', binary, 64, { multiple: 1, tolerance: atTwo })).pixels,
    ).toBeLessThanOrEqual(2);
    expect((await measure('conv3', binary, 64, { multiple: 1, tolerance: 1 })).pixels).toBe(0);
  });

  it('stays within the theoretical receptive field of a U-Net', async () => {
    // Down the levels: 1 + 2 * (1 + 1) + 4 * (1 + 1) + up-sampling and the decoder's convolutions: below 28 pixels.
    const halo = await measure('unet', three, 128, { multiple: 4, tolerance: 0 });
    expect(halo.pixels).toBeGreaterThanOrEqual(8);
    expect(halo.pixels).toBeLessThanOrEqual(28);
    const usual = await measure('unet', three, 128, { multiple: 4, tolerance: 2 / 255 });
    expect(usual.pixels).toBeLessThanOrEqual(halo.pixels ?? 0);
  });

  it('is null for a network that looks at the whole image', async () => {
    expect(await measure('global', binary, 64, { multiple: 1, tolerance: 2 / 255 })).toMatchObject({
      pixels: null,
      largest: 24,
    });
  });
});
