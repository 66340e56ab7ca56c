import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importModel, type ImportRequest } from './import-model.ts';
import { summariseWeights } from './onnx-initializers.ts';
import { openNetwork } from './onnx-network.ts';
import { openNetworkSession } from './onnx-session.ts';
import type { PartialCard } from './partial-card.ts';
import { readCard } from './read-card.ts';
import { makeTestChip } from './test-chips.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../tests/fixtures/models/${name}.onnx`, import.meta.url));

const building = { id: 1, name: 'building', colour: '#ff0000' };
const road = { id: 2, name: 'road', colour: '#00ff00' };
const binaryCard = {
  bands: ['red', 'green', 'blue'],
  classes: [building],
  background: true,
  activation: 'sigmoid',
  normalisation: { kind: 'scene', clip: 3 },
  gsd: { metres: 0.3 },
};
const threeCard = { ...binaryCard, classes: [building, road], activation: 'softmax' };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resflow-import-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Imports a fixture, or a file by its path, with a card; the application agrees with the card unless changed. */
async function importFixture(name: string, card: object = binaryCard, changes: Partial<ImportRequest> = {}) {
  const cardFile = join(folder, 'short.json');
  await writeFile(cardFile, JSON.stringify(card));
  const terms = card as PartialCard;
  const bands = Array.isArray(terms.bands)
    ? terms.bands.map((band) => (typeof band === 'string' ? band : band.name))
    : [];
  return importModel({
    networkFile: name.includes('/') ? name : fixture(name),
    cardFile,
    application: { name: 'town', classes: terms.classes, background: terms.background, bands },
    id: 'mine',
    folder: join(folder, 'models', 'town', 'mine'),
    now: new Date('2026-01-02T03:04:05Z'),
    reference: null,
    haloTolerance: 2 / 255,
    ...changes,
  });
}

function npyBytes(shape: readonly number[], data: Float32Array, type = '<f4'): Uint8Array {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = text.padEnd(117) + '\n';
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]),
    Buffer.from(header, 'latin1'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

async function makeReference(name: string, change: (logits: Float32Array) => Float32Array, tolerance = 1e-3) {
  const network = await openNetwork(await readFile(fixture(name)), { file: name, threads: 1 });
  const input = makeTestChip(3, 3, 32, 48);
  const { data, shape } = await network.run(input, { n: 1, c: 3, h: 32, w: 48 });
  await network.close();
  const files = { input: join(folder, 'in.npy'), output: join(folder, 'out.npy'), tolerance };
  await writeFile(files.input, npyBytes([3, 32, 48], input));
  await writeFile(files.output, npyBytes([shape.n, shape.c, shape.h, shape.w], change(data)));
  return files;
}

describe('importModel', () => {
  it('measures what the card does not say, and writes a model that opens', async () => {
    const { card, warnings, parity } = await importFixture(
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
    const home = join(folder, 'models', 'town', 'mine');
    expect(await readCard(home)).toEqual(card);
    expect(await readdir(join(home, '..'))).toEqual(['mine']);
    const session = await openNetworkSession(home, 'float32', { threads: 1 });
    await session.close();
  });

  it('finds the multiple that pooling asks for', async () => {
    const { card } = await importFixture('unet', threeCard);
    expect(card.input).toEqual({ multiple: 4, fixed: null });
    expect(card.halo.pixels % 4).toBe(0);
  });

  it('takes networks of one fixed size', async () => {
    const { card } = await importFixture('conv3-fixed64', binaryCard, { haloTolerance: 1e-6 });
    expect(card.input).toEqual({ multiple: 8, fixed: { height: 64, width: 64 } });
    expect(card.halo.pixels).toBe(8);
    const small = await importFixture(
      'conv3-fixed64',
      { ...binaryCard, multiple: 4 },
      { id: 'other', haloTolerance: 1e-6, folder: join(folder, 'b') },
    );
    expect(small.card.halo.pixels).toBe(4);
  });

  it('warns of outputs that look like probabilities', async () => {
    const { warnings } = await importFixture('activated');
    expect(warnings).toEqual([expect.stringContaining('lie in 0..1')]);
  });

  it('compares with a reference', async () => {
    const { parity } = await importFixture('unet', threeCard, {
      reference: await makeReference('unet', (logits) => logits),
    });
    expect(parity).toEqual({ worst: 0, tolerance: 1e-3 });
  });

  it.each([
    [
      'another value',
      (logits: Float32Array) => logits.map((value, i) => (i === 700 ? value + 0.01 : value)),
      'MODEL_PARITY',
      /off by up to 0\.0100/,
    ],
    [
      'NaN',
      (logits: Float32Array) => logits.map((value, i) => (i === 700 ? Number.NaN : value)),
      'MODEL_PARITY',
      /off by up to Infinity/,
    ],
  ])('refuses a reference with %s', async (_, change, code, message) => {
    const reference = await makeReference('unet', change);
    await expect(importFixture('unet', threeCard, { reference })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses references of another shape, of another type, damaged or missing', async () => {
    const reference = await makeReference('unet', (logits) => logits);
    const attempt = async (bytes: Uint8Array) => {
      await writeFile(reference.output, bytes);
      return importFixture('unet', threeCard, { reference });
    };
    await expect(attempt(npyBytes([1, 3, 2, 2], new Float32Array(12)))).rejects.toMatchObject({
      code: 'MODEL_PARITY',
    });
    await expect(attempt(npyBytes([12], new Float32Array(12)))).rejects.toMatchObject({
      code: 'BAD_NPY',
      message: expect.stringContaining('1 axes'),
    });
    await expect(attempt(npyBytes([3, 2, 2], new Float32Array(12), '<f8'))).rejects.toMatchObject({
      code: 'BAD_NPY',
      message: expect.stringContaining('<f8'),
    });
    await expect(attempt(npyBytes([3, 2, 2], new Float32Array(11)))).rejects.toMatchObject({
      code: 'BAD_NPY',
      message: expect.stringContaining('should hold 12'),
    });
    await expect(attempt(Buffer.from('text'))).rejects.toMatchObject({ code: 'BAD_NPY' });
    await rm(reference.output);
    await expect(importFixture('unet', threeCard, { reference })).rejects.toMatchObject({
      code: 'NPY_MISSING',
    });
  });

  it.each([
    ['two inputs', 'two-inputs', binaryCard, 'MODEL_INPUTS', /image: float32 .*; other: float32/],
    ['an open band axis', 'dynamic-channels', binaryCard, 'MODEL_INPUTS', /band axis open/],
    ['an output per image', 'scene-label', binaryCard, 'MODEL_OUTPUTS', /\[n, 2\]/],
    ['a smaller output', 'half-size', binaryCard, 'MODEL_OUTPUT', /gives 1x1x\d+x\d+ for an input of/],
    ['too few channels', 'conv3', threeCard, 'MODEL_OUTPUT', /gives 1x1x(\d+x\d+) .* asks for 1x3x\1/],
    ['too many channels', 'unet', binaryCard, 'MODEL_OUTPUT', /gives 1x3x.* asks for 1x1x/],
    ['outputs that are not numbers', 'nan', binaryCard, 'MODEL_NAN', /gave NaN/],
    ['a view of the whole image', 'global', binaryCard, 'MODEL_HALO', /by what lies 384 pixels away/],
    ['more memory than there is', 'memory', binaryCard, 'MODEL_MEMORY', /not enough memory/],
    [
      'other bands',
      'conv3',
      { ...binaryCard, bands: ['red'] },
      'MODEL_BANDS',
      /takes 3 bands; its card names 1/,
    ],
    [
      'no multiple that fits its size',
      'conv3-fixed64',
      { ...binaryCard, multiple: 24 },
      'MODEL_SIZE',
      /64x64/,
    ],
  ])('refuses a network with %s', async (...[, name, card, code, message]) => {
    await expect(importFixture(name, card)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
    expect(await readdir(folder)).toEqual(['short.json']);
  });

  it('refuses files that are missing, not ONNX or cut short', async () => {
    const file = join(folder, 'cut.onnx');
    const bytes = await readFile(fixture('unet'));
    for (const part of [
      bytes.subarray(0, 9000),
      bytes.subarray(0, -7),
      Buffer.from('hello'),
      Buffer.alloc(0),
    ]) {
      await writeFile(file, part);
      await expect(importFixture(file, threeCard)).rejects.toMatchObject({
        code: 'MODEL_NOT_ONNX',
        context: { file },
      });
    }
    await rm(file);
    await expect(importFixture(file)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });

  it('refuses weights in other files', async () => {
    // GraphProto (field 7) with an initializer (5) whose external_data (13) says location = weights.bin.
    const message = (field: number, body: Buffer) =>
      Buffer.concat([Buffer.from([field * 8 + 2, body.length]), body]);
    const entry = Buffer.concat([
      message(1, Buffer.from('location')),
      message(2, Buffer.from('weights.bin')),
    ]);
    const tensor = Buffer.concat([Buffer.from([8, 4, 16, 1]), message(13, entry)]);
    const model = message(7, message(5, tensor));
    expect(summariseWeights(model)).toEqual({ parameters: 4, external: ['weights.bin'] });
    const file = join(folder, 'external.onnx');
    await writeFile(file, model);
    await expect(importFixture(file)).rejects.toMatchObject({
      code: 'MODEL_EXTERNAL_DATA',
      message: expect.stringContaining('weights.bin'),
    });
  });

  it.each([
    ['lacks members', { bands: ['red'] }, 'BAD_CARD', /normalisation/],
    ['has unknown members', { ...binaryCard, gsdMetres: 1 }, 'BAD_CARD', /gsdMetres/],
    [
      'has two classes for a sigmoid',
      { ...binaryCard, classes: [building, road] },
      'CARD_CLASSES',
      /2 classes and background/,
    ],
    [
      'has no background for a sigmoid',
      { ...binaryCard, background: false },
      'CARD_CLASSES',
      /without background/,
    ],
    [
      'repeats a class',
      { ...threeCard, classes: [building, { ...road, id: 1 }] },
      'CARD_CLASSES',
      /share an id/,
    ],
    [
      'has too few means',
      { ...binaryCard, normalisation: { kind: 'fixed', scale: 1, mean: [0], std: [1] } },
      'CARD_CLASSES',
      /1 means and 1 deviations for 3 bands/,
    ],
  ])('refuses a card that %s', async (_, card, code, message) => {
    await expect(importFixture('conv3', card)).rejects.toMatchObject({
      family: 'input',
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses a card that disagrees with the application', async () => {
    const application = { name: 'town', classes: [road], background: true, bands: ['red', 'green', 'blue'] };
    await expect(importFixture('conv3', binaryCard, { application })).rejects.toMatchObject({
      family: 'contract',
      code: 'CARD_AGAINST_APPLICATION',
      message: expect.stringMatching(
        /classes \(0 background, 1 building\); application 'town' has \(0 background, 2 road\)/,
      ),
    });
    const otherBands = { ...application, classes: [building], bands: ['blue', 'green', 'red'] };
    await expect(importFixture('conv3', binaryCard, { application: otherBands })).rejects.toMatchObject({
      code: 'CARD_AGAINST_APPLICATION',
    });
  });

  it('leaves an existing model, or whatever lies in its place, as it is', async () => {
    const home = join(folder, 'models', 'town', 'mine');
    await mkdir(home, { recursive: true });
    for (const name of ['notes.txt', 'card.json']) {
      await writeFile(join(home, name), 'old');
      await expect(importFixture('conv3')).rejects.toMatchObject({
        family: 'workspace',
        code: 'MODEL_EXISTS',
      });
      expect(await readFile(join(home, name), 'utf8')).toBe('old');
    }
    expect(await readdir(home)).toEqual(['card.json', 'notes.txt']);
    expect(await readdir(join(home, '..'))).toEqual(['mine']);
  });
});
