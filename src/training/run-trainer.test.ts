import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { createLogger } from '../core/log.ts';
import { silentProgress, type Progress } from '../core/progress.ts';
import { findTrainer } from './find-python.ts';
import { parseEvent, runTrainer, type TrainerEvent } from './run-trainer.ts';
import { trainModel, trainingId, type TrainingRequest } from './train-model.ts';
import { trainingProgress } from './training-progress.ts';

const folder = temporaryFolder('run-trainer');

/** A stand-in for Python: a Node script that speaks the trainer's protocol; gets `-m resflow_trainer train SPEC`. */
function trainer(name: string, body: string): { python: string; trainerFolder: string } {
  const python = join(folder, name);
  writeFileSync(
    python,
    `#!${process.execPath}\nconst say = (event) => process.stdout.write(JSON.stringify(event) + '\\n');\nconst spec = process.argv[5];\n${body}\n`,
  );
  chmodSync(python, 0o755);
  return { python, trainerFolder: '/trainer' };
}

const log = createLogger('silent');
const run = async (
  home: { python: string; trainerFolder: string },
  signal = new AbortController().signal,
  onEvent: (event: TrainerEvent) => void = () => undefined,
) =>
  runTrainer(
    home,
    { command: 'train', specFile: join(folder, 'spec.json') },
    { signal, log, env: {}, onEvent },
  );

describe('runTrainer', () => {
  it('relays the events, and passes over what is none', async () => {
    const heard: TrainerEvent[] = [];
    const body =
      "say({type:'start',step:0,device:'cpu'}); console.log('noise'); say({type:'unheard'}); say({type:'step',step:3,loss:0.5,share:0.1}); say({type:'done',already:false});";
    await run(trainer('fine', body), undefined, (event) => heard.push(event));
    expect(heard.map(({ type }) => type)).toEqual(['start', 'step', 'done']);
    expect(heard[1]).toEqual({ type: 'step', step: 3, loss: 0.5, share: 0.1 });
  });

  it('is given the module, the spec and the path of the package', async () => {
    const seen = join(folder, 'seen.json');
    await run(
      trainer(
        'seen',
        `require('fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify([process.argv.slice(2), process.env.PYTHONPATH])); say({type:'done'});`,
      ),
    );
    expect(JSON.parse(readFileSync(seen, 'utf8'))).toEqual([
      ['-m', 'resflow_trainer', 'train', join(folder, 'spec.json')],
      '/trainer',
    ]);
  });

  it('says what the trainer said, where it fails', async () => {
    const failing = trainer(
      'failing',
      "say({type:'error',code:'TRAINER_INPUT',message:'spec.seed is -1'}); process.exitCode = 3;",
    );
    await expect(run(failing)).rejects.toMatchObject({
      family: 'resource',
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(/exit code 3.*spec\.seed is -1/) as string,
    });
    const crashing = trainer(
      'crashing',
      "process.stderr.write('Traceback\\nMemoryError: too large\\n'); process.kill(process.pid, 'SIGKILL');",
    );
    await expect(run(crashing)).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(/SIGKILL.*MemoryError: too large/) as string,
    });
    const bare = trainer(
      'bare',
      'process.stderr.write("ModuleNotFoundError: No module named \'torch\'\\n"); process.exitCode = 1;',
    );
    await expect(run(bare)).rejects.toMatchObject({
      code: 'PYTHON_UNUSABLE',
      message: expect.stringContaining('torch') as string,
    });
    await expect(run({ python: join(folder, 'nothing'), trainerFolder: '/' })).rejects.toMatchObject({
      code: 'PYTHON_UNUSABLE',
    });
  });

  it('asks it to stop, and waits until its checkpoint is written', async () => {
    const mark = join(folder, 'checkpoint');
    const body = `process.on('SIGTERM', () => setTimeout(() => { require('fs').writeFileSync(${JSON.stringify(mark)}, 'kept'); process.exit(130); }, 200)); setInterval(() => {}, 1000); say({type:'step',step:1});`;
    const stop = new AbortController();
    const reason = new Error('stopped by the user');
    await expect(run(trainer('slow', body), stop.signal, () => stop.abort(reason))).rejects.toBe(reason);
    expect(existsSync(mark)).toBe(true);
  });
});

describe('findTrainer', () => {
  it('takes RESFLOW_PYTHON, and says how to get one where there is none', async () => {
    expect((await findTrainer({ RESFLOW_PYTHON: process.execPath })).python).toBe(process.execPath);
    await expect(findTrainer({ RESFLOW_PYTHON: join(folder, 'no-python') })).rejects.toMatchObject({
      code: 'PYTHON_MISSING',
      family: 'resource',
      hint: expect.stringContaining('RESFLOW_PYTHON') as string,
    });
    const { trainerFolder } = await findTrainer({ RESFLOW_PYTHON: 'python3' });
    expect(existsSync(join(trainerFolder, 'resflow_trainer', '__main__.py'))).toBe(true);
  });
});

const REQUEST: TrainingRequest = {
  application: 'app',
  network: 'small-unet',
  seed: 1,
  budget: { maxSteps: 10 },
  split: null,
  id: null,
  int8: true,
  licence: null,
  options: {},
  machine: {},
};

describe('trainModel', () => {
  const ports = (root: string, home: { python: string; trainerFolder: string }) => ({
    root,
    home,
    progress: silentProgress,
    signal: new AbortController().signal,
    log,
    env: {},
  });
  const set = { digest: 'abc', folder: '/set' };

  it('names a model by what decides it, not by where it runs', () => {
    const id = trainingId(REQUEST, 'abc');
    expect(trainingId({ ...REQUEST, machine: { threads: 3, device: 'cpu' } }, 'abc')).toBe(id);
    const others = [
      trainingId({ ...REQUEST, seed: 2 }, 'abc'),
      trainingId(REQUEST, 'abd'),
      trainingId({ ...REQUEST, options: { batch: 4 } }, 'abc'),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });

  it('refuses a trainer that is done without a usable card, and leaves no model', async () => {
    const root = join(folder, 'w1');
    const home = trainer(
      'cardless',
      "require('fs').writeFileSync(require('path').join(JSON.parse(require('fs').readFileSync(spec)).output, 'card.json'), '{}'); say({type:'done'});",
    );
    await expect(trainModel(REQUEST, set, ports(root, home))).rejects.toMatchObject({
      code: 'MODEL_NOT_WRITTEN',
    });
    expect((await readdir(join(root, 'models', 'app'))).every((name) => name.endsWith('.training'))).toBe(
      true,
    );
  });

  it('moves the checked model to its place, and finds it the next time', async () => {
    const root = join(folder, 'w2');
    const card = join(folder, 'card.json');
    await mkdir(root, { recursive: true });
    await writeFile(card, JSON.stringify(CARD));
    const body = `const fs = require('fs'); const s = JSON.parse(fs.readFileSync(spec)); fs.writeFileSync(s.output + '/card.json', fs.readFileSync(${JSON.stringify(card)})); say({type:'done'});`;
    const first = await trainModel(REQUEST, set, ports(root, trainer('good', body)));
    expect(first).toMatchObject({ reused: false, card: { id: 'mono-x' } });
    expect(await readdir(join(root, 'models', 'app'))).toEqual([
      `mono-${trainingId(REQUEST, 'abc').slice(0, 8)}`,
    ]);
    const again = await trainModel(REQUEST, set, ports(root, trainer('never', 'process.exit(1)')));
    expect(again).toMatchObject({ reused: true, folder: first.folder });
  });
});

describe('trainingProgress', () => {
  it('counts steps or minutes, with loss, IoU and rate beside', () => {
    const said: string[] = [];
    const progress: Progress = {
      start: (label, total, unit) => said.push(`${label} ${total} ${unit}`),
      update: (done, note) => said.push(`${done} ${note ?? ''}`),
      stop: () => undefined,
    };
    const steps = trainingProgress(progress, { maxSteps: 100 });
    for (const line of [
      '{"type":"validation","step":10,"iou":0.4,"bestIou":0.5}',
      '{"type":"step","step":20,"loss":0.25,"samplesPerSecond":12.5,"share":0.2}',
    ]) {
      const event = parseEvent(line);
      if (event !== null) steps(event);
    }
    trainingProgress(progress, { maxMinutes: 30 })({ type: 'step', step: 20, loss: 0.25, share: 0.5 });
    expect(said).toEqual([
      'Training 100 steps',
      '20 loss 0.250, best IoU 0.500, 12.5 crops/s',
      'Training 30 min',
      '15 step 20, loss 0.250',
    ]);
  });
});

const CARD = {
  version: 1,
  id: 'mono-x',
  name: 'x',
  created: '2024-01-01T00:00:00Z',
  task: 'segmentation',
  application: 'app',
  bucket: null,
  classes: [{ id: 1, name: 'building', colour: '#e8452c' }],
  background: true,
  output: { activation: 'sigmoid', channels: 1, temperature: 1, threshold: 0.5 },
  bands: [{ name: 'red' }],
  input: { multiple: 16, fixed: null },
  normalisation: { kind: 'scene', clip: 3 },
  gsd: { metres: 0.3, min: 0.03, max: 1.2 },
  halo: { pixels: 48, tolerance: 0.05, theoreticalPixels: 107 },
  network: { name: 'small-unet', parameters: 1, gmacAt512: null },
  training: null,
  scores: {},
  variants: { float32: { file: 'model.onnx', sha256: 'a', bytes: 1 } },
  defaultCpuVariant: 'float32',
  licence: null,
};
