import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../core/log.ts';
import { silentProgress } from '../core/progress.ts';
import { writeApplication } from '../workspace/applications.ts';
import { resolveModel } from '../workspace/models.ts';
import { initWorkspace } from '../workspace/workspace.ts';
import type { CommandContext } from './command.ts';
import { modelImportCommand } from './model-import.ts';

const building = { id: 1, name: 'building', colour: '#ff0000' };
const network = fileURLToPath(new URL('../../tests/fixtures/models/conv3.onnx', import.meta.url));

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'resflow-model-import-'));
  await initWorkspace(root, new Date(0));
  await writeApplication(root, {
    version: 1,
    name: 'town',
    created: new Date(0).toISOString(),
    classes: [building],
    background: true,
    bands: ['red', 'green', 'blue'],
    gsdMetres: 0.3,
    gsdRange: { min: 0.1, max: 1 },
    loss: 'cross-entropy+dice',
    minObjectM2: 4,
  });
  const card = {
    bands: ['red', 'green', 'blue'],
    classes: [building],
    background: true,
    activation: 'sigmoid',
    normalisation: { kind: 'scene', clip: 3 },
    gsd: { metres: 0.3 },
  };
  await writeFile(join(root, 'short.json'), JSON.stringify(card));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function runImport(options: Record<string, unknown>) {
  const context: CommandContext = {
    workspace: root,
    log: createLogger('silent'),
    progress: silentProgress,
    signal: new AbortController().signal,
    now: () => new Date(0),
    env: {},
    commands: [],
  };
  const given = { file: network, card: join(root, 'short.json'), app: 'town', ...options };
  return modelImportCommand.run(modelImportCommand.input.parse(given), context);
}

describe('resflow model import', () => {
  it('puts a model into the gallery that `mono` then finds', async () => {
    const output = await runImport({});
    expect(output).toMatchObject({ model: 'conv3', application: 'town', parity: null, warnings: [] });
    expect((await resolveModel(root, 'town')).card.id).toBe('conv3');
    expect(modelImportCommand.render(output)).toMatch(
      /Imported model conv3 for town[^]*red, green, blue[^]*multiples of 1\n/,
    );
    await runImport({ name: 'second' });
    expect((await resolveModel(root, 'town', 'second')).folder).toBe('models/town/second');
  });

  it('refuses an unknown application, a bad name and a lone reference', async () => {
    await expect(runImport({ app: 'city' })).rejects.toMatchObject({ code: 'NO_APPLICATION' });
    await expect(runImport({ name: 'mono' })).rejects.toMatchObject({ family: 'usage', code: 'BAD_OPTION' });
    await expect(runImport({ name: 'a/b' })).rejects.toThrow(/letters, digits/);
    await expect(runImport({ reference: ['in.npy'] })).rejects.toThrow(/takes two files/);
  });
});
