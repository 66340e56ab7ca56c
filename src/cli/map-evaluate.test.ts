import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../core/log.ts';
import { silentProgress } from '../core/progress.ts';
import { seededRandom } from '../core/random.ts';
import { evaluationSchema, type Evaluation } from '../evaluation/schema.ts';
import { modelCardSchema } from '../model/card.ts';
import { gdal } from '../raster/gdal.ts';
import { writeApplication } from '../workspace/applications.ts';
import { mapFolder, modelFolder } from '../workspace/layout.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { readRun, writeRun } from '../workspace/runs.ts';
import { readScenes } from '../workspace/scenes.ts';
import { initWorkspace, writeRecord } from '../workspace/workspace.ts';
import type { AnyCommand, CommandContext } from './command.ts';
import { labelAddCommand } from './label-add.ts';
import { mapEvaluateCommand } from './map-evaluate.ts';
import { sceneAddCommand } from './scene-add.ts';
import { sceneRoles } from './scene-roles.ts';

const [WIDTH, HEIGHT, GSD] = [200, 160, 0.5];
const CRS = 'EPSG:32645';
const building = { id: 1, name: 'building', colour: '#ff0000' };
/** Three houses wall to wall, and one alone: columns and rows of their corners. */
const HOUSES = [
  [20, 20, 40, 40],
  [40, 20, 60, 40],
  [60, 20, 80, 40],
  [100, 100, 120, 120],
] as const;

let root = '';
let context: CommandContext;
const run = (command: AnyCommand, input: object) => command.run(command.input.parse(input), context);
const evaluate = async (input: object = {}) =>
  (await run(mapEvaluateCommand, { run: 'latest', ...input })) as Evaluation & {
    files: Record<string, string>;
  };

const transformOf = (east: number) => [300_000 + east, GSD, 0, 3_000_000, 0, -GSD];

function writeRaster(file: string, bands: readonly Uint8Array[], east: number): void {
  const dataset = gdal.open(file, 'w', 'GTiff', WIDTH, HEIGHT, bands.length, 'Byte');
  dataset.srs = gdal.SpatialReference.fromUserInput(CRS);
  dataset.geoTransform = transformOf(east);
  bands.forEach((data, i) => dataset.bands.get(i + 1).pixels.write(0, 0, WIDTH, HEIGHT, data));
  dataset.close();
}

async function writeHouses(file: string, east: number): Promise<void> {
  const at = (column: number, row: number) => [300_000 + east + column * GSD, 3_000_000 - row * GSD];
  const features = HOUSES.map(([left, top, right, bottom]) => ({
    type: 'Feature',
    properties: {},
    geometry: {
      type: 'Polygon',
      coordinates: [[at(left, top), at(right, top), at(right, bottom), at(left, bottom), at(left, top)]],
    },
  }));
  const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32645' } };
  await writeFile(file, JSON.stringify({ type: 'FeatureCollection', crs, features }));
}

function painted(rects: readonly (readonly [number, number, number, number])[]): Uint8Array {
  const out = new Uint8Array(WIDTH * HEIGHT);
  for (const [left, top, right, bottom] of rects) {
    for (let row = top; row < bottom; row += 1) out.fill(1, row * WIDTH + left, row * WIDTH + right);
  }
  return out;
}

const SCENES = [
  {
    id: 'town',
    east: 0,
    map: painted([
      [20, 20, 80, 40],
      [150, 10, 160, 20],
    ]),
  },
  { id: 'bare', east: 1000, map: painted([]) },
  { id: 'school', east: 2000, map: painted(HOUSES) },
];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'resflow-map-evaluate-'));
  context = {
    workspace: root,
    log: createLogger('silent'),
    progress: silentProgress,
    signal: new AbortController().signal,
    now: () => new Date(0),
    env: {},
    commands: [],
  };
  await initWorkspace(root, new Date(0));
  await writeApplication(root, {
    version: 1,
    name: 'town',
    created: new Date(0).toISOString(),
    classes: [building],
    background: true,
    bands: ['red', 'green', 'blue'],
    gsdMetres: GSD,
    gsdRange: { min: 0.1, max: 1 },
    loss: 'cross-entropy+dice',
    minObjectM2: 4,
  });
  const random = seededRandom(1);
  const scenes: RunRecord['scenes'] = [];
  for (const { id, east, map } of SCENES) {
    const noise = [0, 1, 2].map(() => Uint8Array.from({ length: WIDTH * HEIGHT }, () => 1 + random() * 254));
    writeRaster(join(root, `${id}.tif`), noise, east);
    await run(sceneAddCommand, { paths: [join(root, `${id}.tif`)], place: `place-of-${id}` });
    await mkdir(mapFolder(root, 'r1', id), { recursive: true });
    const layers = {
      class: join(mapFolder(root, 'r1', id), 'class.tif'),
      confidence: join(mapFolder(root, 'r1', id), 'confidence.tif'),
    };
    writeRaster(layers.class, [map], east);
    writeRaster(layers.confidence, [map.map(() => 255)], east);
    scenes.push({ scene: id, status: 'done', regions: 1, layers, item: null, seamScore: 0.01, failures: [] });
    if (id === 'bare') continue;
    await writeHouses(join(root, `${id}.geojson`), east);
    await run(labelAddCommand, {
      name: 'town',
      files: [join(root, `${id}.geojson`)],
      class: 'building',
      complete: 'scene',
    });
  }
  await writeRun(root, runRecord(scenes));
  await mkdir(modelFolder(root, 'town', 'm1'), { recursive: true });
  await writeRecord(join(modelFolder(root, 'town', 'm1'), 'card.json'), card());
});
afterAll(() => rm(root, { recursive: true, force: true }));

const runRecord = (scenes: RunRecord['scenes']): RunRecord => ({
  version: 1,
  id: 'r1',
  application: 'town',
  model: { id: 'm1', variant: 'float32', sha256: 'ab' },
  engine: 'local',
  created: new Date(0).toISOString(),
  updated: new Date(0).toISOString(),
  status: 'done',
  parameters: { corePixels: 64, haloPixels: 16, blendPixels: 0, blockPixels: 512, gsdMetres: GSD },
  execution: { regionPixels: 4096, workers: 1, maxMemoryMiB: 1024 },
  scenes,
  tasks: { planned: 3, reused: 0, done: 3, failed: 0 },
  seconds: 1,
  megapixels: 0.1,
  megapixelsPerSecond: 0.1,
  overlapFactor: 1.2,
  seamScore: 0.01,
  peakMemoryMiB: 100,
  coordinator: null,
});

const card = () => ({
  version: 1,
  id: 'm1',
  name: 'mono',
  created: new Date(0).toISOString(),
  task: 'segmentation',
  application: 'town',
  bucket: null,
  classes: [building],
  background: true,
  output: { activation: 'sigmoid', channels: 1, temperature: 1.5, threshold: 0.5 },
  bands: [{ name: 'red' }, { name: 'green' }, { name: 'blue' }],
  input: { multiple: 16, fixed: null },
  normalisation: { kind: 'scene', clip: 3 },
  gsd: { metres: GSD, min: 0.1, max: 1 },
  halo: { pixels: 16, tolerance: 0.01, theoreticalPixels: null },
  network: { name: 'small-unet', parameters: 1, gmacAt512: null },
  training: {
    trainingSet: 's',
    seed: 1,
    steps: 1,
    samples: 1,
    seconds: 1,
    trainScenes: ['school'],
    validationScenes: [],
  },
  scores: {},
  variants: { float32: { file: 'model.onnx', sha256: 'ab', bytes: 1 } },
  defaultCpuVariant: 'float32',
  licence: null,
});

describe('map evaluate', () => {
  it('scores what can be compared and keeps the training scene out of the headline', async () => {
    const result = await evaluate();
    const town = result.scenes.find(({ scene }) => scene === 'town');
    expect(town?.scores.classes[0]).toMatchObject({
      pixels: { truePositive: 1200, falsePositive: 100, falseNegative: 400 },
      iou: 1200 / 1700,
      precision: 1200 / 1300,
      recall: 0.75,
      objects: { labelled: 4, mapped: 2, matched: 0 },
    });
    expect(town?.scores.pixels.scored).toBe(WIDTH * HEIGHT);
    expect(town?.scores.reliability?.expectedCalibrationError).toBeCloseTo(500 / (WIDTH * HEIGHT), 12);
    expect(town?.worst[0]?.lonLat?.[0]).toBeCloseTo(85, 0);
    expect(result.headline?.scenes).toEqual(['town']);
    expect(result.seen.train?.pooled.mean.iou).toBe(1);
    expect(result.unscored).toEqual([expect.objectContaining({ scene: 'bare', code: 'NO_LABELS' })]);
    expect(result.model.temperature).toBe(1.5);
    expect(result.notes.join(' ')).toMatch(/blocks of 50 m/);
  });

  it('writes the document it prints', async () => {
    const { files, ...printed } = await evaluate();
    expect(evaluationSchema.parse(JSON.parse(await readFile(files['evaluation'] ?? '', 'utf8')))).toEqual(
      printed,
    );
  });

  it('joins labels that touch where it is told to', async () => {
    const result = await evaluate({ labelObjects: 'components', scenes: 'town' });
    expect(result.scenes[0]?.scores.classes[0]?.objects).toMatchObject({
      labelled: 2,
      mapped: 2,
      matched: 1,
    });
  });

  it('writes one page with the pictures of both scenes inside', async () => {
    const report = join(root, 'report.html');
    const { files } = await evaluate({ report });
    const page = await readFile(report, 'utf8');
    expect(files['report']).toBe(report);
    expect(page.match(/data:image\/webp/g)?.length).toBe(2 * 3 + 2 * 4);
    expect(page.replace(/base64,[^"]*/g, '')).not.toMatch(/NaN|undefined|https?:/);
    expect(mapEvaluateCommand.render(await evaluate())).toContain('1 UNSEEN');
  });

  it('says so where nothing is labelled, and what to do', async () => {
    const failure = await evaluate({ scenes: 'bare' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'NO_LABELS',
      family: 'contract',
      hint: expect.stringContaining('resflow label add town'),
    });
  });

  it('refuses scenes, labels and runs it does not know', async () => {
    await expect(evaluate({ scenes: 'nowhere' })).rejects.toMatchObject({
      code: 'SCENE_NOT_IN_RUN',
      hint: expect.stringContaining('town'),
    });
    await expect(evaluate({ labelsFrom: 'nothing' })).rejects.toMatchObject({ code: 'NO_LABEL_SOURCE' });
    await expect(evaluate({ run: 'r9' })).rejects.toMatchObject({ code: 'NO_RUN' });
  });

  it('lists a scene whose map does not fit it, and scores the others', async () => {
    const record = await readRun(root, 'r1');
    await writeRun(root, { ...record, id: 'r2', parameters: { ...record.parameters, gsdMetres: 1 } });
    await expect(evaluate({ run: 'r2' })).rejects.toThrow(/100x80/);
    await rm(join(root, 'runs', 'r2'), { recursive: true });
    const gone = record.scenes.map((scene) => (scene.scene === 'school' ? { ...scene, layers: {} } : scene));
    await writeRun(root, { ...record, id: 'r2', scenes: gone });
    const result = await evaluate({ run: 'r2' });
    expect(result.scenes.map(({ scene }) => scene)).toEqual(['town']);
    expect(result.unscored.map(({ code }) => code)).toEqual(['NO_LABELS', 'NO_LAYER']);
    await rm(join(root, 'runs', 'r2'), { recursive: true });
  });

  it('takes a scene on training ground for seen, whatever its name', async () => {
    writeRaster(
      join(root, 'annex.tif'),
      [painted([]).fill(9), painted([]).fill(9), painted([]).fill(9)],
      2050,
    );
    await run(sceneAddCommand, { paths: [join(root, 'annex.tif')], place: 'elsewhere' });
    const roles = await sceneRoles(root, modelCardSchema.parse(card()));
    const items = await readScenes(root, ['town', 'school', 'annex']);
    expect(items.map((item) => roles.roleOf(item))).toEqual(['unseen', 'train', 'train']);
    expect(roles.notes).toEqual([expect.stringMatching(/annex covers the same ground as school/)]);
    expect([...roles.trainPlaces]).toEqual(['place-of-school']);
    const brought = await sceneRoles(root, modelCardSchema.parse({ ...card(), training: null }));
    expect(brought.notes[0]).toMatch(/does not say what it was trained on/);
  });
});
