import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  binaryCard,
  building,
  fixture,
  freshFolder,
  importFixture,
  makeReference,
  npyBytes,
  road,
  threeCard,
} from '../../tests/fixtures/importing.ts';
import { summariseWeights } from './onnx-initializers.ts';

const folder = freshFolder();
// A network that sees the whole image is looked at through large inputs.
vi.setConfig({ testTimeout: 240_000 });

describe('importModel', () => {
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
    const reference = await makeReference(folder.path, 'unet', change);
    await expect(importFixture(folder.path, 'unet', threeCard, { reference })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses references of another shape, of another type, damaged or missing', async () => {
    const reference = await makeReference(folder.path, 'unet', (logits) => logits);
    const attempt = async (bytes: Uint8Array) => {
      await writeFile(reference.output, bytes);
      return importFixture(folder.path, 'unet', threeCard, { reference });
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
    await expect(importFixture(folder.path, 'unet', threeCard, { reference })).rejects.toMatchObject({
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
    await expect(importFixture(folder.path, name, card)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
    expect(await readdir(folder.path)).toEqual(['short.json']);
  });

  it('refuses files that are missing, not ONNX or cut short', async () => {
    const file = join(folder.path, 'cut.onnx');
    const bytes = await readFile(fixture('unet'));
    for (const part of [
      bytes.subarray(0, 9000),
      bytes.subarray(0, -7),
      Buffer.from('hello'),
      Buffer.alloc(0),
    ]) {
      await writeFile(file, part);
      await expect(importFixture(folder.path, file, threeCard)).rejects.toMatchObject({
        code: 'MODEL_NOT_ONNX',
        context: { file },
      });
    }
    await rm(file);
    await expect(importFixture(folder.path, file)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
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
    const file = join(folder.path, 'external.onnx');
    await writeFile(file, model);
    await expect(importFixture(folder.path, file)).rejects.toMatchObject({
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
    await expect(importFixture(folder.path, 'conv3', card)).rejects.toMatchObject({
      family: 'input',
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses a card that disagrees with the application', async () => {
    const application = { name: 'town', classes: [road], background: true, bands: ['red', 'green', 'blue'] };
    await expect(importFixture(folder.path, 'conv3', binaryCard, { application })).rejects.toMatchObject({
      family: 'contract',
      code: 'CARD_AGAINST_APPLICATION',
      message: expect.stringMatching(
        /classes \(0 background, 1 building\); application 'town' has \(0 background, 2 road\)/,
      ),
    });
    const otherBands = { ...application, classes: [building], bands: ['blue', 'green', 'red'] };
    await expect(
      importFixture(folder.path, 'conv3', binaryCard, { application: otherBands }),
    ).rejects.toMatchObject({
      code: 'CARD_AGAINST_APPLICATION',
    });
  });

  it('leaves an existing model, or whatever lies in its place, as it is', async () => {
    const home = join(folder.path, 'models', 'town', 'mine');
    await mkdir(home, { recursive: true });
    for (const name of ['notes.txt', 'card.json']) {
      await writeFile(join(home, name), 'old');
      await expect(importFixture(folder.path, 'conv3')).rejects.toMatchObject({
        family: 'workspace',
        code: 'MODEL_EXISTS',
      });
      expect(await readFile(join(home, name), 'utf8')).toBe('old');
    }
    expect(await readdir(home)).toEqual(['card.json', 'notes.txt']);
    expect(await readdir(join(home, '..'))).toEqual(['mine']);
  });
});
