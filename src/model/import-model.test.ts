import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  binaryCard,
  freshFolder,
  importFixture,
  makeReference,
  threeCard,
} from '../../tests/fixtures/importing.ts';
import { openNetworkSession } from './onnx-session.ts';
import { readCard } from './read-card.ts';

const folder = freshFolder();

describe('importModel', () => {
  it('measures what the card does not say, and writes a model that opens', async () => {
    const { card, warnings, parity } = await importFixture(
      folder.path,
      'conv3',
      { ...binaryCard, name: 'My net', licence: 'MIT' },
      { haloTolerance: 1e-6 },
    );
    expect(card).toMatchObject({
      id: 'mine',
      name: 'My net',
      application: 'town',
      bucket: null,
      input: { multiple: 1, fixed: null },
      halo: { pixels: 3, tolerance: 1e-6, theoreticalPixels: null },
      output: { activation: 'sigmoid', channels: 1, temperature: 1, threshold: 0.5 },
      gsd: { metres: 0.3, min: 0.15, max: 0.6 },
      network: { parameters: 3 * 9 * 4 + 4 + 4 * 9 * 4 + 4 + 4 * 9 + 1 },
      licence: 'MIT',
    });
    expect(card.variants.float32.cpuMsPerMegapixel).toBeGreaterThan(0);
    expect({ warnings, parity }).toEqual({ warnings: [], parity: null });
    const home = join(folder.path, 'models', 'town', 'mine');
    expect(await readCard(home)).toEqual(card);
    expect(await readdir(join(home, '..'))).toEqual(['mine']);
    const session = await openNetworkSession(home, 'float32', { threads: 1 });
    await session.close();
  });

  it('takes the whole card of a model of another workspace', async () => {
    const terms = { ...binaryCard, temperature: 1.5, threshold: 0.4, licence: 'MIT' };
    const { card } = await importFixture(folder.path, 'conv3', terms);
    const again = await importFixture(folder.path, 'conv3', card, {
      id: 'again',
      folder: join(folder.path, 'b'),
    });
    const measured = { variants: expect.anything(), created: expect.anything() };
    expect(again.card).toEqual({ ...card, id: 'again', ...measured });
  });

  it('finds the multiple that pooling asks for', async () => {
    const { card } = await importFixture(folder.path, 'unet', threeCard);
    expect(card.input).toEqual({ multiple: 4, fixed: null });
    expect(card.halo.pixels % 4).toBe(0);
  });

  it('takes networks of one fixed size', async () => {
    const { card } = await importFixture(folder.path, 'conv3-fixed64', binaryCard, { haloTolerance: 1e-6 });
    expect(card.input).toEqual({ multiple: 8, fixed: { height: 64, width: 64 } });
    expect(card.halo.pixels).toBe(8);
    const small = await importFixture(
      folder.path,
      'conv3-fixed64',
      { ...binaryCard, multiple: 4 },
      { id: 'other', haloTolerance: 1e-6, folder: join(folder.path, 'b') },
    );
    expect(small.card.halo.pixels).toBe(4);
  });

  it('warns of outputs that look like probabilities', async () => {
    const { warnings } = await importFixture(folder.path, 'activated');
    expect(warnings).toEqual([expect.stringContaining('lie in 0..1')]);
  });

  it('compares with a reference', async () => {
    const { parity } = await importFixture(folder.path, 'unet', threeCard, {
      reference: await makeReference(folder.path, 'unet', (logits) => logits),
    });
    expect(parity).toEqual({ worst: 0, tolerance: 1e-3 });
  });
});
