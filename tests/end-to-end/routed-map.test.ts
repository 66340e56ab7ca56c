import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { quoted, withDatabase } from '../../src/geo/duckdb.ts';
import { chipNamed } from '../../src/gallery/find-chips.ts';
import { boxCentre } from '../../src/geo/lon-lat-box.ts';
import { codeOfText } from '../../src/hashing/codes.ts';
import { hammingDistance } from '../../src/hashing/hamming.ts';
import { gdal } from '../../src/raster/gdal.ts';
import {
  markerFile,
  partFile,
  partitionFolder,
  sceneChipsFolder,
  sceneCodesFile,
} from '../../src/workspace/layout.ts';
import { readCurrentPartition } from '../../src/workspace/partitions.ts';
import { readPlan } from '../../src/workspace/runs.ts';
import { FAKE_TRAINER, SMALL_CHIPS, workspaceWithPatches, writePatches } from '../support/gallery.ts';
import { importModels, writeTestGallery } from '../support/model-gallery.ts';
import { runJson, runOk, startProgram } from '../support/program.ts';
import { simulatedDevices } from '../support/simulated-devices.ts';
import { redoRemotely } from '../support/remote-worker.ts';
import { s3Missing, startS3 } from '../support/s3.ts';
import { digests, temporaryFolder } from '../support/workspace.ts';

// Programs are started by the dozen; on a machine with other work each takes seconds.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const runSchema = z.object({
  run: z.string(),
  gallery: z.string().nullable(),
  model: z.object({ id: z.string() }),
  scenes: z.array(
    z.object({
      scene: z.string(),
      status: z.string(),
      layers: z.record(z.string(), z.string()),
      item: z.string(),
      seamScoreBorders: z.number().nullable(),
    }),
  ),
  tasks: z.object({ planned: z.int(), reused: z.int(), done: z.int(), failed: z.literal(0) }),
  overlapFactor: z.number(),
  seamScore: z.number().nullable(),
  seamScoreBorders: z.number().nullable(),
  borderDifference: z.number().nullable(),
  steps: z.object({ inside: z.number(), borders: z.number().nullable() }).nullable(),
  routingShare: z.number().nullable(),
  buckets: z.array(z.object({ bucket: z.int(), model: z.string(), chips: z.int() })),
  unknownChips: z.int(),
  uncodedChips: z.int(),
  yieldedChips: z.int(),
});
type Run = z.infer<typeof runSchema>;

/** 18 x 11 chips of 64 pixels, the last column and row of them cut off by the scene's edge. */
const WIDE = { width: 1100, height: 650 };
const CHIPS = ['--core', '256', '--halo', '4', '--region', '512'];
/** How much patches of a colour differ. */
const SPREAD = 36;
/** Two chips side by side of another colour than any. */
const ODD = { x: 256, y: 128, width: 128, height: 64 };
const ODD_COLOUR = [5, 5, 200];

const pixelsOf = (path: string): Uint8Array => {
  const dataset = gdal.open(path);
  const { x, y } = dataset.rasterSize;
  const data = new Uint8Array(dataset.bands.get(1).pixels.read(0, 0, x, y).buffer);
  dataset.close();
  return data;
};

const chipSchema = z.object({
  x: z.int(),
  y: z.int(),
  bucket: z.int(),
  distance: z.int(),
  margin: z.int(),
  novelty: z.number(),
  unknown: z.boolean(),
  code: z.string(),
});

/** Probability of the class in steps of 1/255, from the layers of a map. */
function probabilitiesOf(layers: Record<string, string>): Float64Array {
  const [classes, confidence] = ['class', 'confidence'].map((layer) => pixelsOf(layers[layer] ?? ''));
  return Float64Array.from(confidence ?? [], (value, i) => (classes?.[i] === 1 ? value : 255 - value));
}

/** A scene's chips as the image gallery has them. */
const chipsIn = (folder: string): Promise<z.infer<typeof chipSchema>[]> =>
  withDatabase(async (connection) => {
    const file = quoted(join(folder, 'chips.parquet'));
    const columns = 'x, y, bucket, distance, margin, novelty, unknown, lower(hex(code)) AS code';
    const sql = `SELECT ${columns} FROM read_parquet(${file})`;
    return z.array(chipSchema).parse((await connection.runAndReadAll(sql)).getRowObjects());
  });

/** What `map explain` says of ground between two buckets. */
const softSchema = z.object({
  routing: z.object({
    model: z.string(),
    margin: z.int(),
    second: z.object({ bucket: z.int(), model: z.string(), share: z.number() }),
  }),
});

const yieldSchema = z.object({
  routing: z.object({ model: z.string(), why: z.string(), decision: z.string().nullable() }),
});

const featuresSchema = z.object({
  features: z.array(
    z.looseObject({
      properties: z.looseObject({ run: z.string(), pixels: z.int(), bucket: z.int().nullable() }),
    }),
  ),
});

/** The pixels of each 4-connected object of class 1, by the plainest of ways. */
function objectsOf(classes: Uint8Array, width: number): number[][] {
  const seen = new Set<number>();
  const objects: number[][] = [];
  classes.forEach((value, start) => {
    if (value !== 1 || seen.has(start)) return;
    const pixels = [start];
    seen.add(start);
    for (const at of pixels) {
      const beside = [at - width, at + width];
      if (at % width > 0) beside.push(at - 1);
      if (at % width < width - 1) beside.push(at + 1);
      for (const next of beside) {
        if (classes[next] !== 1 || seen.has(next)) continue;
        seen.add(next);
        pixels.push(next);
      }
    }
    objects.push(pixels);
  });
  return objects;
}

/** The commonest of some values, the lowest of several. */
function commonest(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b)[0]?.[0];
}

const isOdd = ({ x, y }: { x: number; y: number }): boolean =>
  x >= ODD.x && x < ODD.x + ODD.width && y >= ODD.y && y < ODD.y + ODD.height;

describe('a map by a gallery of models', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  let partition = '';
  let gallery = '';
  let first: Run;
  const mapOf = async (scene: string, model: string, ...more: string[]): Promise<Run> => {
    const args = ['map', 'run', 'app', '--scenes', scene, '--model', model, ...CHIPS, ...more];
    return runSchema.parse(await runOk([...args, '--workspace', workspace]));
  };
  const map = (model: string, ...more: string[]) => mapOf('wide', model, ...more);
  const layersOf = (run: Run) => run.scenes[0]?.layers ?? {};
  const objectsOfRun = async (run: string, env: Record<string, string> = {}) => {
    const out = join(folder.path, `${run}.geojson`);
    const options = ['--format', 'geojson', '--out', out, '--workspace', workspace];
    await runOk(['map', 'vectorize', run, ...options], env);
    return featuresSchema.parse(JSON.parse(await readFile(out, 'utf8'))).features;
  };
  const middleOf = async (chip: string): Promise<string> => {
    const { box } = await chipNamed([sceneChipsFolder(workspace, partition, 'wide')], chip);
    return boxCentre(box).join(',');
  };
  const refusal = async (model: string, ...more: string[]): Promise<unknown> => {
    const args = ['map', 'run', 'app', '--scenes', 'wide', '--model', model, ...CHIPS, ...more];
    const { json, code } = await runJson([...args, '--workspace', workspace]);
    return { exit: code, ...(json as { error: object }).error };
  };

  beforeAll(async () => {
    folder = await temporaryFolder('routed');
    workspace = await workspaceWithPatches(folder.path, SPREAD);
    const wide = join(folder.path, 'wide.tif');
    writePatches(wide, WIDE, { seed: 5, east: 9000, spread: SPREAD });
    await runOk(['scene', 'add', wide, '--place', 'wide', '--id', 'wide', '--workspace', workspace]);
    // The same ground, which stays out of the image gallery.
    const bare = join(folder.path, 'bare.tif');
    await copyFile(wide, bare);
    await runOk(['scene', 'add', bare, '--place', 'wide', '--id', 'bare', '--workspace', workspace]);
    const built = await runOk(
      [
        'gallery',
        'build',
        '--scenes',
        'north,south',
        '--clusters',
        '4',
        ...SMALL_CHIPS,
        '--workspace',
        workspace,
      ],
      FAKE_TRAINER,
    );
    partition = String(built['partition']);
    await importModels(workspace, folder.path);
  });
  afterAll(() => folder.remove());

  it('says so where there is no gallery of models', async () => {
    expect(await refusal('gallery')).toMatchObject({ code: 'NO_MODEL_GALLERY', exit: 7 });
  });

  it('maps every bucket by its own model, in one pass', async () => {
    gallery = await writeTestGallery(workspace, ['bright', 'dark']);
    first = await map('gallery');
    expect(first).toMatchObject({ gallery, tasks: { reused: 0, done: 6 } });
    expect(first.scenes[0]?.status).toBe('done');
    expect(Object.keys(layersOf(first))).toEqual(['class', 'confidence', 'bucket', 'margin']);
    const chips = first.buckets.map((bucket) => bucket.chips);
    expect(chips.every((count) => count > 0)).toBe(true);
    expect(chips.reduce((a, b) => a + b) + first.unknownChips + first.uncodedChips).toBe(18 * 11);
    expect(first.buckets.map(({ model }) => model.slice(0, 4))).toEqual(['brig', 'dark', 'plai', 'plai']);
    expect(first.routingShare).toBeGreaterThan(0);
    expect(first.borderDifference).toBeGreaterThan(0.005);
    // A blend of 4 pixels, as wide as the halo, on both sides.
    expect(first.seamScoreBorders).toBeCloseTo((first.borderDifference ?? 0) / 8, 6);
  });

  it('gives ground the buckets that the image gallery gives it', async () => {
    await runOk(['gallery', 'add', '--scenes', 'wide', '--workspace', workspace]);
    const buckets = pixelsOf(layersOf(first)['bucket'] ?? '');
    const margins = pixelsOf(layersOf(first)['margin'] ?? '');
    const coded = await chipsIn(sceneChipsFolder(workspace, partition, 'wide'));
    expect(coded.length + first.uncodedChips).toBe(18 * 11);
    for (const { x, y, bucket, margin, unknown } of coded) {
      expect(buckets[(y + 5) * WIDE.width + x + 5]).toBe(unknown ? 254 : bucket);
      expect(margins[(y + 5) * WIDE.width + x + 5]).toBe(margin);
    }
    const unknown = coded.filter((chip) => chip.unknown);
    expect(unknown).toHaveLength(first.unknownChips);
  });

  it('takes the codes of a scene in the gallery from there: an exact plan, and the same map without an encoder', async () => {
    const plan = (scene: string) =>
      runOk([
        'map',
        'plan',
        'app',
        '--scenes',
        scene,
        '--model',
        'gallery',
        ...CHIPS,
        '--workspace',
        workspace,
      ]);
    const planned = await plan('wide');
    expect(planned['unroutedScenes']).toBe(0);
    expect(planned['overlapFactor']).toBeCloseTo(first.overlapFactor, 9);
    const unknown = await plan('bare');
    expect(unknown['unroutedScenes']).toBe(1);
    expect(unknown['overlapFactor']).toBeLessThan(first.overlapFactor);
    const file = join(partitionFolder(workspace, partition), 'encoder.onnx');
    const [task] = await readPlan(workspace, first.run);
    expect(task?.routing?.codes).toBeUndefined();
    const coded = await map('gallery');
    expect(coded.tasks).toMatchObject({ reused: 0, done: 6 });
    const tasks = await readPlan(workspace, coded.run);
    for (const { id } of tasks) {
      await rm(markerFile(workspace, id));
      await rm(partFile(workspace, id));
    }
    await rename(file, `${file}.away`);
    const again = runSchema.parse(await runOk(['map', 'resume', coded.run, '--workspace', workspace]));
    const { json, code } = await runJson([
      'map',
      'run',
      'app',
      '--scenes',
      'bare',
      '--model',
      'gallery',
      ...CHIPS,
      '--workspace',
      workspace,
    ]);
    expect([code, json]).toMatchObject([3, { error: { code: 'MODEL_MISSING' } }]);
    await rename(`${file}.away`, file);
    for (const run of [coded, again]) {
      expect(await digests(layersOf(run))).toEqual(await digests(layersOf(first)));
      expect(run.buckets).toEqual(first.buckets);
      expect([run.unknownChips, run.uncodedChips]).toEqual([first.unknownChips, first.uncodedChips]);
    }
    const [codes] = tasks.flatMap(({ routing }) => routing?.codes ?? []);
    const kept = sceneCodesFile(workspace, codes ?? '');
    const whole = await readFile(kept, 'utf8');
    await writeFile(kept, whole.replace(/"chips":\d+/, '"chips":1'));
    const args = ['map', 'run', 'app', '--scenes', 'wide', '--model', 'gallery', ...CHIPS, '--fresh'];
    const broken = await runJson([...args, '--workspace', workspace]);
    expect(JSON.stringify(broken.json)).toContain('ROUTING_CHANGED');
    expect(broken.code).not.toBe(0);
    await writeFile(kept, whole);
  });

  it('says which models made it, in the files and the STAC Item', async () => {
    const layer = gdal.open(layersOf(first)['bucket'] ?? '');
    const band = layer.bands.get(1);
    expect(band.noDataValue).toBe(255);
    expect(band.colorTable?.get(0)).toMatchObject({ c1: 0x44, c2: 0x77, c3: 0xaa });
    expect(band.categoryNames[0]).toMatch(/^bucket 0 \([0-9a-f]{8}\)$/);
    expect(band.categoryNames[254]).toBe('unknown');
    layer.close();
    const item = JSON.parse(await readFile(first.scenes[0]?.item ?? '', 'utf8')) as {
      properties: Record<string, unknown>;
      assets: Record<string, unknown>;
    };
    const said = item.properties['resflow:gallery'] as { buckets: { sha256: string }[] };
    expect(said).toMatchObject({ id: gallery, partition });
    expect(said.buckets.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
    expect(Object.keys(item.assets)).toEqual(['class', 'confidence', 'bucket', 'margin']);
    const shown = await startProgram(['map', 'show', first.run, '--workspace', workspace]).ended;
    expect(shown.stdout).toContain(`gallery ${gallery}`);
  });

  it('leaves as vectors that say which bucket most of an object lies in', async () => {
    const features = (await objectsOfRun(first.run)).map(
      ({ properties: { pixels, bucket } }) => `${pixels} pixels, bucket ${bucket}`,
    );
    expect(new Set(features.map((text) => text.split('bucket ')[1])).size).toBeGreaterThan(1);
    const [classes, buckets] = ['class', 'bucket'].map((layer) => pixelsOf(layersOf(first)[layer] ?? ''));
    if (classes === undefined || buckets === undefined) throw new Error('layers are missing');
    expect(features.sort()).toEqual(
      objectsOf(classes, WIDE.width)
        .map(
          (pixels) => `${pixels.length} pixels, bucket ${commonest(pixels.map((at) => buckets[at] ?? 255))}`,
        )
        .sort(),
    );
  });

  it('gives the same bytes over any regions and workers', async () => {
    const wanted = await digests(layersOf(first));
    const one = await map('gallery', '--region', '1536', '--workers', '1');
    expect(one.tasks).toMatchObject({ reused: 0, done: 1 });
    expect(await digests(layersOf(one))).toEqual(wanted);
    expect(one.buckets).toEqual(first.buckets);
    expect(one.seamScore).toBeCloseTo(first.seamScore ?? -1, 9);
    expect(one.seamScoreBorders).toBeCloseTo(first.seamScoreBorders ?? -1, 9);
    expect(one.steps?.inside).toBeCloseTo(first.steps?.inside ?? -1, 9);
    expect(one.steps?.borders).toBeCloseTo(first.steps?.borders ?? -1, 9);
    const again = await map('gallery', '--fresh', '--workers', '2');
    expect(await digests(layersOf(again))).toEqual(wanted);
  });

  it('gives the same bytes on a device', async () => {
    const device = { name: 'a', memoryMiB: 8000, megapixelsPerSecond: 100, batchMs: 50 };
    const args = ['map', 'run', 'app', '--scenes', 'wide', '--model', 'gallery', ...CHIPS, '--fresh'];
    const more = ['--workers', '1', '--workspace', workspace];
    const env = simulatedDevices(join(folder.path, 'tickets'), [device]);
    const run = await runOk([...args, ...more], env);
    expect(await digests(layersOf(runSchema.parse(run)))).toEqual(await digests(layersOf(first)));
  });

  it('goes on after an interruption, and gives the same bytes', async () => {
    const wanted = await digests(layersOf(first));
    const tasks = await readPlan(workspace, first.run);
    for (const { id } of tasks.slice(0, 3)) {
      await rm(markerFile(workspace, id));
      await rm(partFile(workspace, id));
    }
    const resumed = runSchema.parse(await runOk(['map', 'resume', first.run, '--workspace', workspace]));
    expect(resumed.tasks).toMatchObject({ reused: 3, done: 3 });
    expect(await digests(layersOf(resumed))).toEqual(wanted);
    expect(JSON.stringify(tasks[0]).length).toBeLessThan(4096);
  });

  it.skipIf(s3Missing() !== null)('is made by workers that see no workspace', async () => {
    const service = await startS3();
    const env = { ...service.env, RESFLOW_SCRATCH: join(folder.path, 'scratch') };
    const args = ['map', 'run', 'app', '--scenes', 'wide', '--model', 'gallery', ...CHIPS];
    const run = runSchema.parse(
      await runOk([...args, '--storage', 's3://maps/routed', '--workspace', workspace], env),
    );
    const [task] = await readPlan(workspace, run.run);
    if (task === undefined) throw new Error('a plan without tasks');
    const { reply, before, after } = await redoRemotely(service, { prefix: 'routed', task, env });
    expect(reply).toMatchObject({ type: 'result', status: 'done', reused: false });
    expect(after).toBe(before);
    // Its vectors are made from where it lies.
    const withoutRun = (features: z.infer<typeof featuresSchema>['features']) =>
      features.map((feature) => ({ ...feature, properties: { ...feature.properties, run: '' } }));
    const remote = await objectsOfRun(run.run, env);
    expect(remote[0]?.properties['run']).toBe(run.run);
    expect(withoutRun(remote)).toEqual(withoutRun(await objectsOfRun(first.run)));
    await service.stop();
  });

  it('is another map under another gallery, blend or core, and reuses nothing', async () => {
    await writeTestGallery(workspace, ['dark', 'bright']);
    expect((await map('gallery')).tasks.reused).toBe(0);
    expect((await map(gallery)).tasks.done).toBe(0);
    const cut = await map(gallery, '--blend', '0');
    expect(cut.tasks.reused).toBe(0);
    expect(cut.seamScoreBorders).toBe(cut.borderDifference);
    expect(cut.steps?.borders).toBeGreaterThan(first.steps?.borders ?? 1);
  });

  it('maps ground between two buckets by both models, as their margin says', async () => {
    const own = ['--yield', '0'];
    const plain = await map(gallery, ...own);
    const soft = await map(gallery, '--soft', '32', ...own);
    const explained = await runOk([
      'map',
      'explain',
      soft.run,
      '--at',
      await middleOf('wide/128-192'),
      '--workspace',
      workspace,
    ]);
    const { second, model, margin } = softSchema.parse(explained).routing;
    expect(second.share).toBeCloseTo((1 - margin / 32) / 2, 9);
    expect(second.model).not.toBe(model);
    // By each model alone, and mixed by hand in the middle of every cell.
    const alone = new Map<string, Float64Array>();
    for (const id of new Set(soft.buckets.map((bucket) => bucket.model)))
      alone.set(id, probabilitiesOf(layersOf(await map(id))));
    const [mixed, hard] = [soft, plain].map((run) => probabilitiesOf(layersOf(run)));
    const { buckets } = await readCurrentPartition(workspace);
    const chips = await chipsIn(sceneChipsFolder(workspace, partition, 'wide'));
    let shared = 0;
    for (const { x, y, code, unknown } of chips) {
      const ranked = buckets
        .map((one) => ({ bucket: one.bucket, bits: hammingDistance(codeOfText(one.code), codeOfText(code)) }))
        .sort((a, b) => a.bits - b.bits || a.bucket - b.bucket);
      const [one, other] = ranked.map(({ bucket }) => soft.buckets[bucket]?.model ?? '');
      const share = unknown ? 0 : 0.5 * (1 - ((ranked[1]?.bits ?? 0) - (ranked[0]?.bits ?? 0)) / 32);
      const at = (y + 32) * WIDE.width + x + 32;
      if (x + 64 > WIDE.width || y + 64 > WIDE.height) continue;
      if (share === 0 || one === other) expect(mixed?.[at]).toBe(hard?.[at]);
      else {
        shared += 1;
        const p = (id = '') => alone.get(id)?.[at] ?? Number.NaN;
        expect(Math.abs((mixed?.[at] ?? 0) - (1 - share) * p(one) - share * p(other))).toBeLessThan(2);
      }
    }
    expect(shared).toBeGreaterThan(20);
    expect(soft.overlapFactor).toBeGreaterThan(plain.overlapFactor);
    const one = await map(gallery, '--soft', '32', ...own, '--region', '1536', '--workers', '1');
    expect(one.tasks.reused).toBe(0);
    expect(await digests(layersOf(one))).toEqual(await digests(layersOf(soft)));
    const shown = await startProgram(['map', 'show', soft.run, '--workspace', workspace]).ended;
    expect(shown.stdout).toContain('two models where the margin is below 32 bits');
  });

  it('maps lone chips with what lies around them where that saves more than they are off', async () => {
    const own = await map(gallery, '--yield', '0');
    const few = await map(gallery, '--yield', '2000');
    expect(own.yieldedChips).toBe(0);
    expect(few.yieldedChips).toBeGreaterThan(10);
    expect(few.overlapFactor).toBeLessThan(own.overlapFactor);
    expect(few.buckets).toEqual(own.buckets);
    for (const layer of ['bucket', 'margin'])
      expect(pixelsOf(layersOf(few)[layer] ?? '')).toEqual(pixelsOf(layersOf(own)[layer] ?? ''));
    const one = await map(gallery, '--yield', '2000', '--region', '1536', '--workers', '1');
    expect(one.tasks.reused).toBe(0);
    expect(await digests(layersOf(one))).toEqual(await digests(layersOf(few)));
    expect(one.yieldedChips).toBe(few.yieldedChips);
    // Which they are: in its middle each chip is as the model says that it is explained by.
    const alone = new Map<string, Float64Array>();
    for (const { model } of few.buckets)
      if (!alone.has(model)) alone.set(model, probabilitiesOf(layersOf(await map(model))));
    const mapped = probabilitiesOf(layersOf(few));
    let yielded = 0;
    for (const { x, y, bucket, unknown } of (
      await chipsIn(sceneChipsFolder(workspace, partition, 'wide'))
    ).slice(0, 16)) {
      const at = await middleOf(`wide/${y}-${x}`);
      const explained = await runOk(['map', 'explain', few.run, '--at', at, '--workspace', workspace]);
      const { model, why, decision } = yieldSchema.parse(explained).routing;
      const pixel = (y + 32) * WIDE.width + x + 32;
      expect(mapped[pixel]).toBe(alone.get(model)?.[pixel]);
      if (unknown) expect(model).toMatch(/^mono|^plain/);
      else if (model !== few.buckets[bucket]?.model) {
        yielded += 1;
        expect(why).toContain('goes with its neighbours');
        expect(decision).toBeNull();
      }
    }
    expect(yielded).toBeGreaterThan(0);
    const shown = await startProgram(['map', 'show', few.run, '--workspace', workspace]).ended;
    expect(shown.stdout).toContain(`${few.yieldedChips} chips went with a neighbour's model`);
    expect(await refusal('mono', '--yield', '4')).toMatchObject({ code: 'NOT_A_GALLERY', exit: 2 });
  });

  it('refuses to mix where there is nothing to mix, or no band to mix over', async () => {
    expect(await refusal('mono', '--soft', '4')).toMatchObject({ code: 'NOT_A_GALLERY', exit: 2 });
    expect(await refusal(gallery, '--soft', '33')).toMatchObject({ code: 'BAD_SOFT', exit: 2 });
    expect(await refusal(gallery, '--soft', '4', '--blend', '0')).toMatchObject({
      code: 'BAD_CHIPS',
      exit: 2,
    });
  });

  it("is Mono's map where every bucket goes to Mono", async () => {
    const same = await map(await writeTestGallery(workspace, []));
    const mono = await map('mono');
    expect(mono).toMatchObject({ gallery: null, seamScoreBorders: null, routingShare: null, buckets: [] });
    expect(same.overlapFactor).toBe(mono.overlapFactor);
    expect(same.seamScore).toBeCloseTo(mono.seamScore ?? -1, 9);
    expect(same.seamScoreBorders).toBeNull();
    for (const layer of ['class', 'confidence'])
      expect(pixelsOf(layersOf(same)[layer] ?? '')).toEqual(pixelsOf(layersOf(mono)[layer] ?? ''));
  });

  it('routes by ground where the map has another GSD than the gallery', async () => {
    const coarse = await mapOf('bare', gallery, '--gsd', '0.8');
    const other = await mapOf('bare', gallery, '--gsd', '0.8', '--region', '1024', '--workers', '1');
    expect(await digests(layersOf(other))).toEqual(await digests(layersOf(coarse)));
    // A scene in the gallery has its buckets from there, whatever the map's pixels.
    const known = await map(gallery, '--gsd', '0.8');
    const same = await map(gallery, '--gsd', '0.8', '--region', '1024', '--workers', '1');
    expect(await digests(layersOf(same))).toEqual(await digests(layersOf(known)));
    const [wide, narrow, exact] = [first, coarse, known].map((run) =>
      pixelsOf(layersOf(run)['bucket'] ?? ''),
    );
    const width = Math.ceil((WIDE.width * 0.5) / 0.8);
    // Middles of chips, away from the edges of cells: the same bucket by other pixels.
    let [alike, agree] = [0, 0];
    for (let row = 1; row < 9; row += 1)
      for (let column = 1; column < 16; column += 1) {
        const [x, y] = [64 * column + 32, 64 * row + 32];
        const there = Math.floor(y / 1.6) * width + Math.floor(x / 1.6);
        alike += narrow?.[there] === wide?.[y * WIDE.width + x] ? 1 : 0;
        agree += exact?.[there] === wide?.[y * WIDE.width + x] ? 1 : 0;
      }
    expect(alike).toBeGreaterThan(0.5 * 8 * 15);
    expect(agree).toBe(8 * 15);
  });

  it('explains a place: chip, code, buckets, model, and what looks alike', async () => {
    const explain = (...args: string[]) =>
      runJson(['map', 'explain', first.run, ...args, '--workspace', workspace]);
    const chip = await chipNamed([sceneChipsFolder(workspace, partition, 'wide')], 'wide/128-192');
    const place = await middleOf('wide/128-192');
    const { json, code } = await explain('--at', place, '--limit', '3');
    expect(code).toBe(0);
    const { routing, ...pixel } = json as {
      column: number;
      row: number;
      classId: number;
      model: string;
      routing: {
        chip: object;
        bucket: number;
        model: string;
        distances: { bits: number }[];
        alike: unknown[];
      };
    };
    expect([Math.abs(pixel.column - 224) <= 1, Math.abs(pixel.row - 160) <= 1]).toEqual([true, true]);
    expect(pixel.classId).toBe(
      pixelsOf(layersOf(first)['class'] ?? '')[pixel.row * WIDE.width + pixel.column],
    );
    expect(routing.chip).toEqual({ id: 'wide/128-192', code: Buffer.from(chip.code).toString('hex') });
    expect(routing.bucket).toBe(chip.bucket);
    expect(routing.distances).toHaveLength(4);
    expect(routing.distances[routing.bucket]?.bits).toBe(
      Math.min(...routing.distances.map(({ bits }) => bits)),
    );
    expect(routing.alike).toHaveLength(3);
    expect(pixel.model).toBe(routing.model);
    expect((await explain('--at', '0,0')).json).toMatchObject({ error: { code: 'NOT_ON_MAP' } });
    expect((await explain('--at', 'here')).json).toMatchObject({ error: { code: 'BAD_PLACE' } });
    const args = ['map', 'explain', first.run, '--at', place, '--workspace', workspace];
    const said = await startProgram(args).ended;
    expect(said.stdout).toContain('wide/128-192');
  });

  it('gives ground that looks like nothing known to Mono, as the image gallery marks it', async () => {
    const file = join(folder.path, 'odd.tif');
    writePatches(file, WIDE, { seed: 6, east: 15000, spread: SPREAD });
    const image = gdal.open(file, 'r+');
    for (const [band, value] of ODD_COLOUR.entries()) {
      const pixels = new Uint8Array(ODD.width * ODD.height).fill(value);
      image.bands.get(band + 1).pixels.write(ODD.x, ODD.y, ODD.width, ODD.height, pixels);
    }
    image.close();
    await runOk(['scene', 'add', file, '--place', 'odd', '--id', 'odd', '--workspace', workspace]);
    await runOk(['gallery', 'add', '--scenes', 'odd', '--workspace', workspace]);
    const specialists = await writeTestGallery(workspace, ['bright', 'dark', 'bright', 'dark']);
    const routed = await mapOf('odd', specialists);
    const buckets = pixelsOf(layersOf(routed)['bucket'] ?? '');
    const chips = await chipsIn(sceneChipsFolder(workspace, partition, 'odd'));
    for (const { x, y, bucket, unknown } of chips)
      expect(buckets[(y + 5) * WIDE.width + x + 5]).toBe(unknown ? 254 : bucket);
    const { quality } = JSON.parse(
      await readFile(join(partitionFolder(workspace, partition), 'partition.json'), 'utf8'),
    ) as { quality: { farBits: number } };
    const odd = chips.filter(isOdd);
    // By their looks alone: their codes are as near to a bucket as those of chips that are known.
    expect(odd.map(({ unknown, distance }) => [unknown, distance <= quality.farBits])).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(chips.filter(({ unknown }) => unknown).length).toBeLessThan(0.3 * chips.length);
    expect(routed.unknownChips).toBe(chips.filter(({ unknown }) => unknown).length);
    const mono = await mapOf('odd', 'mono');
    for (const layer of ['class', 'confidence']) {
      const [own, monos] = [routed, mono].map((run) => pixelsOf(layersOf(run)[layer] ?? ''));
      const differs = { odd: 0, elsewhere: 0 };
      for (let i = 0; i < buckets.length; i += 1) {
        const [x, y] = [i % WIDE.width, Math.floor(i / WIDE.width)];
        // The band in which models fade into each other is left out.
        const inside = x >= ODD.x + 8 && x < ODD.x + 120 && y >= ODD.y + 8 && y < ODD.y + 56;
        if (own?.[i] !== monos?.[i]) differs[inside ? 'odd' : 'elsewhere'] += 1;
      }
      expect(differs.odd).toBe(0);
      expect(differs.elsewhere).toBeGreaterThan(0);
    }
    const { box } = await chipNamed([sceneChipsFolder(workspace, partition, 'odd')], 'odd/128-256');
    const place = ['--at', boxCentre(box).join(',')];
    const said = await runOk(['map', 'explain', routed.run, ...place, '--workspace', workspace]);
    expect(said).toMatchObject({ model: mono.model.id, routing: { unknown: true } });
    const { novelty, noveltyLimit, why } = said['routing'] as Record<string, number>;
    expect(novelty).toBeCloseTo(odd[0]?.novelty ?? -1, 4);
    expect(novelty).toBeGreaterThan(noveltyLimit ?? Infinity);
    expect(why).toContain(`${noveltyLimit?.toFixed(2)} is the most`);
  });

  it('refuses what does not fit together', async () => {
    const lost = await writeTestGallery(workspace, ['bright'], { partition: '0123456789ab' });
    expect(await refusal(lost)).toMatchObject({ code: 'NO_PARTITION', exit: 4 });
    const { buckets } = JSON.parse(
      await readFile(join(partitionFolder(workspace, partition), 'partition.json'), 'utf8'),
    ) as { buckets: { bucket: number }[] };
    expect(buckets).toHaveLength(4);
    const other = await writeTestGallery(workspace, ['bright'], { recipe: 'other' });
    const file = join(workspace, 'model-galleries', 'app', other, 'gallery.json');
    const record = JSON.parse(await readFile(file, 'utf8')) as { buckets: unknown[] };
    await writeTestGallery(workspace, ['bright'], {
      recipe: 'short',
      buckets: record.buckets.slice(1) as never,
    });
    expect(await refusal('gallery')).toMatchObject({ code: 'GALLERY_PARTITION', exit: 4 });
    expect(await refusal('gallery-00000000')).toMatchObject({ code: 'NO_MODEL_GALLERY', exit: 7 });
  });
});
