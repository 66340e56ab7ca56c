import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { writeFixtureScene } from '../../src/demo/fixture-scene.ts';
import { gdal } from '../../src/raster/gdal.ts';
import { evaluationSchema } from '../../src/evaluation/schema.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { PROGRAM, runJson, startProgram } from '../support/program.ts';

/** The whole thread, init to evaluate, as a user types it, on tiny procedural scenes with a training of seconds. */

// Programs are started by the dozen; on a machine with other work each takes seconds.
vi.setConfig({ testTimeout: 240_000 });

const folder = temporaryFolder('thread');
const workspace = join(folder, 'workspace');
const made: Record<string, { image: string; footprints: string }> = {};

const python = process.env['RESFLOW_PYTHON'] ?? join(PROGRAM, '..', '..', '.venv', 'bin', 'python');
const noTrainer = existsSync(python) ? null : `no Python environment at ${python} (npm run setup makes it)`;
// oxlint-disable-next-line no-console -- a skip has to be seen
if (noTrainer !== null) console.warn(`SKIPPED: training and all that needs a model: ${noTrainer}`);

const words = (command: string, more: readonly string[]) => [
  ...command.split(' '),
  ...more,
  '--workspace',
  workspace,
];

/** Runs a command that has to succeed; `more` are words that may hold spaces. */
async function ok<T>(schema: z.ZodType<T>, command: string, ...more: string[]): Promise<T> {
  const args = words(command, more);
  const { code, json, stderr } = await runJson(args);
  expect(code, `resflow ${args.join(' ')}\n${stderr}\n${JSON.stringify(json)}`).toBe(0);
  return schema.parse(json);
}

const sceneAdded = z.object({
  scenes: z.array(z.object({ id: z.string(), place: z.string(), gsd: z.number(), validShare: z.number() })),
  refused: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
});

const mapRun = z.object({
  run: z.string(),
  scenes: z.array(
    z.object({
      scene: z.string(),
      status: z.string(),
      layers: z.object({ class: z.string(), confidence: z.string() }),
      item: z.string(),
    }),
  ),
  tasks: z.object({
    planned: z.int().positive(),
    reused: z.int(),
    done: z.int(),
    failed: z.literal(0),
  }),
  seconds: z.number().nonnegative(),
  megapixels: z.number().nonnegative(),
  megapixelsPerSecond: z.number().nonnegative(),
  overlapFactor: z.number().nullable(),
  seamScore: z.number().nullable(),
  peakMemoryMiB: z.number().nonnegative(),
});
type MapRun = z.infer<typeof mapRun>;

const itemLinks = z.object({ links: z.array(z.object({ rel: z.string(), href: z.string() })) });

beforeAll(async () => {
  const at = (lon: number) => ({ centreLonLat: [lon, 27.7] as const });
  made['east'] = await writeFixtureScene(folder, { name: 'east', seed: 3, file: at(85.3) });
  made['west'] = await writeFixtureScene(folder, {
    name: 'west',
    seed: 4,
    file: { ...at(85.1), layout: 'strips' },
  });
  made['north'] = await writeFixtureScene(folder, {
    name: 'north',
    seed: 5,
    file: { ...at(85.5), epsg: 3857 },
  });
  made['unseen'] = await writeFixtureScene(folder, {
    name: 'unseen',
    seed: 6,
    pixels: 320,
    gsdMetres: 0.4,
    turnDegrees: 12,
    file: at(85.7),
  });
});

const image = (name: string): string => made[name]?.image ?? '';

describe('from scenes to labels', () => {
  it('makes a workspace, and says so again without harm', async () => {
    const schema = z.object({ workspace: z.string(), created: z.boolean() });
    expect(await ok(schema, 'init', workspace)).toEqual({ workspace, created: true });
    expect(await ok(schema, 'init', workspace)).toEqual({ workspace, created: false });
  });

  it('adds scenes of several places, and reads their no-data', async () => {
    const splits = { east: 'train', west: 'train', north: 'validation', unseen: 'test' } as const;
    for (const [name, split] of Object.entries(splits)) {
      const { scenes, refused } = await ok(
        sceneAdded,
        `scene add --place ${name}-town --split ${split}`,
        image(name),
      );
      expect(refused).toEqual([]);
      expect(scenes).toHaveLength(1);
      expect(scenes[0]).toMatchObject({ id: name, place: `${name}-town` });
      expect(scenes[0]?.gsd).toBeCloseTo(name === 'unseen' ? 0.4 : 0.5, 2);
      const [least, most] = name === 'unseen' ? [0.4, 0.9] : [1, 1];
      expect(scenes[0]?.validShare).toBeGreaterThanOrEqual(least);
      expect(scenes[0]?.validShare).toBeLessThanOrEqual(most);
    }
  });

  it('lists a source that cannot be used as refused, and exits by its family', async () => {
    const { code, json } = await runJson(words('scene add --place x', [made['east']?.footprints ?? '']));
    expect(code).toBe(3);
    const { scenes, refused } = sceneAdded.parse(json);
    expect(scenes).toEqual([]);
    expect(refused).toHaveLength(1);
  });

  it('makes an application and takes labels, each file on its own scene', async () => {
    await ok(z.object({ created: z.literal(true) }), 'app create buildings --class building --gsd 0.5');
    const schema = z.object({
      labels: z.array(
        z.object({ id: z.string(), scenes: z.array(z.object({ scene: z.string(), objects: z.number() })) }),
      ),
      refused: z.array(z.unknown()).length(0),
    });
    const files = Object.values(made).map(({ footprints }) => footprints);
    const { labels } = await ok(schema, 'label add buildings --class building --complete scene', ...files);
    expect(labels.map(({ scenes }) => scenes.map(({ scene }) => scene))).toEqual([
      ['east'],
      ['west'],
      ['north'],
      ['unseen'],
    ]);
    for (const { scenes } of labels) expect(scenes[0]?.objects).toBeGreaterThan(20);
  });
});

const MAP = 'map run buildings --scenes unseen --workers 1';

describe.skipIf(noTrainer !== null)('from training to a measured map', () => {
  let first: MapRun;

  it('trains a small network, and finds it again the second time', async () => {
    const schema = z.object({ model: z.string(), reused: z.boolean(), steps: z.int().nullable() });
    const train = 'model train buildings --mono --max-steps 12 --no-int8 --threads 2 --seed 1';
    const trained = await ok(schema, train);
    expect(trained).toMatchObject({ reused: false, steps: 12 });
    expect(await ok(schema, train)).toMatchObject({ reused: true, model: trained.model });
  });

  it('plans before it runs', async () => {
    const { code, json } = await runJson(words('map plan buildings --scenes unseen', []));
    expect(code).toBe(0);
    expect(JSON.stringify(json)).toMatch(/region/i);
  });

  it('maps a scene it has not seen: two valid layers on the working grid, no-data where the scene has none', async () => {
    first = await ok(mapRun, MAP);
    expect(first.tasks).toMatchObject({ reused: 0, done: first.tasks.planned });
    expect(first.scenes).toHaveLength(1);
    expect(first.scenes[0]).toMatchObject({ scene: 'unseen', status: 'done' });
    const layers = first.scenes[0]?.layers;
    for (const path of [layers?.class ?? '', layers?.confidence ?? '']) {
      const map = gdal.open(path);
      // 320 pixels of 0.4 m are 256 of 0.5 m, and a sliver: a UTM metre is not quite a metre on the ground.
      expect(map.rasterSize).toEqual({ x: 257, y: 257 });
      expect(map.bands.get(1).pixels.get(0, 0)).toBe(map.bands.get(1).noDataValue);
      expect(map.bands.get(1).pixels.get(128, 128)).not.toBe(map.bands.get(1).noDataValue);
      map.close();
    }
  });

  it('reuses every task when it runs again, and gives the same bytes', async () => {
    const second = await ok(mapRun, MAP);
    expect(second.tasks).toMatchObject({
      planned: first.tasks.planned,
      reused: first.tasks.planned,
      done: 0,
    });
    const [a, b] = [first, second].map(({ scenes }) => scenes[0]?.layers.class ?? '');
    expect((await readFile(a ?? '')).equals(await readFile(b ?? ''))).toBe(true);
  });

  it('computes again only under a changed parameter, or --fresh', async () => {
    expect((await ok(mapRun, MAP, '--gsd', 'own')).tasks.reused).toBe(0);
    expect((await ok(mapRun, MAP, '--fresh')).tasks.reused).toBe(0);
    expect((await ok(mapRun, MAP)).tasks.done).toBe(0);
  });

  it('says how good the map is, and writes the report', async () => {
    const report = join(folder, 'report.html');
    const { files, ...evaluation } = await ok(
      evaluationSchema.extend({ files: z.object({ evaluation: z.string() }).loose() }),
      `map evaluate ${first.run} --report`,
      report,
    );
    expect(evaluation.run).toBe(first.run);
    expect(evaluation.scenes.map(({ scene, role }) => [scene, role])).toEqual([['unseen', 'unseen']]);
    const [score] = evaluation.scenes[0]?.scores.classes.filter((c) => c.class === 'building') ?? [];
    expect(score?.iou).toBeGreaterThanOrEqual(0);
    expect(score?.objects.labelled).toBeGreaterThan(20);
    expect(existsSync(files.evaluation)).toBe(true);
    const item = first.scenes[0]?.item ?? '';
    const { links } = itemLinks.parse(JSON.parse(await readFile(item, 'utf8')));
    expect(links.map(({ rel }) => rel)).toEqual([
      'derived_from',
      'resflow:run',
      'resflow:model',
      'resflow:evaluation',
    ]);
    for (const { href } of links) expect(existsSync(join(item, '..', href)), href).toBe(true);
    expect((await stat(report)).size).toBeGreaterThan(10_000);
    expect(await readFile(report, 'utf8')).not.toMatch(/(src|href)="https?:\/\//);
  });

  it('speaks to people without --json: text on stdout, the same exit code', async () => {
    const { code, stdout } = await startProgram(words('map show', [first.run])).ended;
    expect(code).toBe(0);
    expect(stdout).toContain(first.run);
    expect(() => JSON.parse(stdout) as unknown).toThrow(SyntaxError);
  });
});
