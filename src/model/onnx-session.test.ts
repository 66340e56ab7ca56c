import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfBytes } from '../core/digest.ts';
import type { ModelCard } from './card.ts';
import { openModelSession, openNetworkSession } from './onnx-session.ts';
import { openNetwork } from './onnx-network.ts';
import { makeTestChip } from './test-chips.ts';

/** Made by tests/fixtures/make-models.py. */
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../tests/fixtures/models/${name}.onnx`, import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resflow-session-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function cardFor(bytes: Uint8Array, changes: Partial<ModelCard> = {}): ModelCard {
  return {
    version: 1,
    id: 'm',
    name: 'm',
    created: '2026-01-01T00:00:00Z',
    task: 'segmentation',
    application: 'a',
    bucket: null,
    classes: [{ id: 1, name: 'building', colour: '#ff0000' }],
    background: true,
    output: { activation: 'sigmoid', channels: 1, temperature: 1, threshold: 0.5 },
    bands: [{ name: 'red' }, { name: 'green' }, { name: 'blue' }],
    input: { multiple: 1, fixed: null },
    normalisation: { kind: 'scene', clip: 3 },
    gsd: { metres: 0.3, min: 0.15, max: 0.6 },
    halo: { pixels: 3, tolerance: 0, theoreticalPixels: 3 },
    network: { name: 'conv3', parameters: 300, gmacAt512: null },
    training: null,
    scores: {},
    variants: { float32: { file: 'model.onnx', sha256: digestOfBytes(bytes), bytes: bytes.length } },
    defaultCpuVariant: 'float32',
    licence: null,
    ...changes,
  };
}

async function makeModel(name: string, changes: Partial<ModelCard> = {}): Promise<Uint8Array> {
  const bytes = await readFile(fixture(name));
  await writeFile(join(folder, 'model.onnx'), bytes);
  await writeFile(join(folder, 'card.json'), JSON.stringify(cardFor(bytes, changes)));
  return bytes;
}

const open = () => openNetworkSession(folder, 'float32', { threads: 1 });

describe('openModelSession', () => {
  it('runs any size and batch, each image by itself', async () => {
    await makeModel('conv3');
    const session = await open();
    const [a, b] = [makeTestChip(1, 3, 20, 33), makeTestChip(2, 3, 20, 33)];
    const one = await session.run(b, { n: 1, c: 3, h: 20, w: 33 });
    const two = await session.run(Float32Array.of(...a, ...b), { n: 2, c: 3, h: 20, w: 33 });
    expect(one).toHaveLength(660);
    expect(two.subarray(660)).toEqual(one);
    expect(new Set(one).size).toBeGreaterThan(300);
    await session.close();
  });

  it('needs nothing for the no-op classifier', async () => {
    const session = await openModelSession('/nowhere', 'noop', { threads: 1 });
    expect(session).toMatchObject({ variant: 'noop', card: null });
    await session.close();
  });

  it('refuses weights that are not those of the card', async () => {
    const bytes = await makeModel('conv3');
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
    await writeFile(join(folder, 'model.onnx'), bytes);
    await expect(open()).rejects.toMatchObject({
      family: 'contract',
      code: 'MODEL_CHANGED',
      context: { file: join(folder, 'model.onnx') },
    });
  });

  it('refuses missing weights, cards and variants', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'CARD_MISSING' });
    await makeModel('conv3');
    await expect(openModelSession(folder, 'int8', { threads: 1 })).rejects.toMatchObject({
      code: 'NO_VARIANT',
    });
    await rm(join(folder, 'model.onnx'));
    await expect(open()).rejects.toMatchObject({ family: 'input', code: 'MODEL_MISSING' });
    await writeFile(join(folder, 'card.json'), '{"version": 1');
    await expect(open()).rejects.toMatchObject({ code: 'BAD_CARD' });
    await writeFile(join(folder, 'card.json'), '{"version": 1}');
    await expect(open()).rejects.toMatchObject({
      code: 'BAD_CARD',
      message: expect.stringContaining('classes'),
    });
  });

  it.each([
    ['more bands', 'conv3', { bands: [{ name: 'red' }] }, /3 bands against 1/],
    ['other channels', 'unet', {}, /3 channels against 1/],
    ['a fixed size', 'conv3-fixed64', {}, /a fixed height of 64 against any/],
  ])('refuses a network that has %s against its card', async (_, name, changes, message) => {
    await makeModel(name, changes);
    await expect(open()).rejects.toMatchObject({
      code: 'MODEL_AGAINST_CARD',
      message: expect.stringMatching(message),
    });
  });

  it('says what failed when a run fails, and goes on serving', async () => {
    await makeModel('unet', {
      output: { activation: 'softmax', channels: 3, temperature: 1, threshold: 0.5 },
    });
    const session = await open();
    const run = (side: number, bands = 3) =>
      session.run(new Float32Array(bands * side * side), { n: 1, c: bands, h: side, w: side });
    await expect(run(66)).rejects.toMatchObject({
      family: 'input',
      code: 'MODEL_RUN',
      message: expect.stringContaining('1x3x66x66'),
    });
    await expect(run(64, 4)).rejects.toMatchObject({
      code: 'MODEL_INPUT',
      context: { limit: 'anyx3xanyxany', actual: '1x4x64x64' },
    });
    await expect(session.run(new Float32Array(5), { n: 1, c: 3, h: 64, w: 64 })).rejects.toMatchObject({
      code: 'MODEL_INPUT',
    });
    await expect(run(64)).resolves.toHaveLength(3 * 64 * 64);
    await session.close();
  });

  it('tells too little memory from other failures', async () => {
    await makeModel('memory');
    const session = await open();
    const running = session.run(new Float32Array(3 * 64 * 64), { n: 1, c: 3, h: 64, w: 64 });
    await expect(running).rejects.toMatchObject({ family: 'resource', code: 'MODEL_MEMORY' });
    await session.close();
  });

  it('holds memory flat over many runs of several shapes', async () => {
    await makeModel('unet', {
      output: { activation: 'softmax', channels: 3, temperature: 1, threshold: 0.5 },
    });
    const session = await open();
    const sides = [384, 256, 352, 320];
    const inputs = sides.map((side) => makeTestChip(side, 3, side, side));
    const runAll = async (rounds: number) => {
      for (let i = 0; i < rounds * sides.length; i += 1) {
        const side = sides[i % sides.length] ?? 0;
        await session.run(inputs[i % sides.length] ?? new Float32Array(), { n: 1, c: 3, h: side, w: side });
      }
    };
    await runAll(6);
    const before = process.memoryUsage.rss();
    await runAll(13);
    // Keeping each of the 52 outputs would be 65 MiB, keeping what lies between them far more.
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(40);
    await session.close();
  });
});

describe('openNetwork', () => {
  const bytesOf = (name: string) => readFile(fixture(name));
  it.each([
    ['cut short', async () => (await bytesOf('unet')).subarray(0, 9000), 'MODEL_NOT_ONNX'],
    ['cut by a few bytes', async () => (await bytesOf('unet')).subarray(0, -30), 'MODEL_NOT_ONNX'],
    ['of text', async () => Buffer.from('not a network'), 'MODEL_NOT_ONNX'],
    ['empty', async () => Buffer.alloc(0), 'MODEL_NOT_ONNX'],
    ['with two inputs', () => bytesOf('two-inputs'), 'MODEL_INPUTS'],
    ['with an open band axis', () => bytesOf('dynamic-channels'), 'MODEL_INPUTS'],
    ['that classifies whole images', () => bytesOf('scene-label'), 'MODEL_OUTPUTS'],
  ])('refuses a file %s', async (_, bytes, code) => {
    const opening = openNetwork(await bytes(), { file: 'some.onnx', threads: 1 });
    await expect(opening).rejects.toMatchObject({
      family: 'input',
      code,
      message: expect.stringContaining('some.onnx'),
      hint: expect.any(String),
    });
  });
});
