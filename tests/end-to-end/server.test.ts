import { readFile, writeFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { gdal } from '../../src/raster/gdal.ts';
import { FAKE_TRAINER, SMALL_CHIPS, workspaceWithPatches } from '../support/gallery.ts';
import { importModels, writeTestGallery } from '../support/model-gallery.ts';
import { hasEnded, runOk } from '../support/program.ts';
import { readEvents, startServer, until, type TestServer } from '../support/server.ts';
import { temporaryFolder, writeScene } from '../support/workspace.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const runView = z.object({
  id: z.string(),
  status: z.string(),
  tasks: z.object({ planned: z.int(), reused: z.int(), done: z.int(), failed: z.int() }),
  scenes: z.array(z.object({ scene: z.string(), layers: z.array(z.string()) })),
  error: z.object({ code: z.string() }).nullable(),
});
const sceneView = z.object({ bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]) });
const regionsView = z.object({
  regions: z.array(z.object({ task: z.string(), state: z.string(), corners: z.array(z.array(z.number())) })),
});

const pixelsOf = (path: string, band = 1): Uint8Array => {
  const dataset = gdal.open(path);
  const { x, y } = dataset.rasterSize;
  const data = new Uint8Array(dataset.bands.get(band).pixels.read(0, 0, x, y).buffer);
  dataset.close();
  return data;
};

/** `z/x/y` of the map tile that holds a place. */
function tileAt(lon: number, lat: number, z: number): string {
  const x = ((lon + 180) / 360) * 2 ** z;
  const y = ((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z;
  return `${z}/${Math.floor(x)}/${Math.floor(y)}`;
}

describe('the server of a workspace', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  let gallery = '';
  let server: TestServer;
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
    schema.parse((await server.json(path)).body);
  const started = async (spec: object): Promise<string> => {
    const { status, body } = await server.json('/api/runs', { application: 'app', ...spec });
    expect(status, JSON.stringify(body)).toBe(202);
    return runView.parse(body).id;
  };
  const ended = (run: string) =>
    until(
      () => get(`/api/runs/${run}`, runView),
      ({ status }) => !['planning', 'running'].includes(status),
    );

  beforeAll(async () => {
    folder = await temporaryFolder('server');
    workspace = await workspaceWithPatches(folder.path);
    const large = `${folder.path}/large.tif`;
    writeScene(large, { width: 9000, height: 7000 }, 3);
    await runOk(['scene', 'add', large, '--place', 'large', '--id', 'large', '--workspace', workspace]);
    const scenes = ['--scenes', 'north,south', ...SMALL_CHIPS, '--workspace', workspace];
    await runOk(['gallery', 'build', ...scenes], FAKE_TRAINER);
    await importModels(workspace, folder.path);
    gallery = await writeTestGallery(workspace, ['bright', 'dark']);
    server = await startServer(workspace);
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('describes itself by a valid OpenAPI document, which names every route', async () => {
    const { body } = await server.json('/api/openapi.json');
    const result = await new Validator().validate(body as Parameters<Validator['validate']>[0]);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    const paths = Object.keys((body as { paths: object }).paths);
    expect(paths).toEqual(
      expect.arrayContaining(['/api/scenes', '/api/runs/{run}/priority', '/api/predict']),
    );
  });

  it('shows scenes, applications, models and the gallery, without saying where files lie', async () => {
    const scenes = await server.json('/api/scenes?place=north');
    expect(scenes.body).toMatchObject({
      scenes: [{ id: 'north', width: 512, height: 384, crs: 'EPSG:32737' }],
    });
    const models = await server.json('/api/applications/app/models');
    expect(models.body).toMatchObject({ models: [{}, {}, {}], galleries: [{ id: gallery }] });
    const chips = z
      .object({ total: z.int(), id: z.array(z.string()), x: z.array(z.number()), bucket: z.array(z.int()) })
      .parse((await server.json('/api/gallery/chips')).body);
    expect(chips.total).toBe(96);
    expect(chips.id).toHaveLength(96);
    expect(chips.x.every((value) => Math.abs(value) <= 1)).toBe(true);
    const [first = ''] = chips.id;
    const alike = await server.json(`/api/gallery/search?chip=${encodeURIComponent(first)}&limit=3`);
    expect(alike.body).toMatchObject({ chips: [{ bits: 0 }, {}, {}] });
    const [scene = '', position = ''] = first.split('/');
    const image = await fetch(`${server.url}/api/gallery/chips/${scene}/${position}/image`);
    expect(image.headers.get('content-type')).toBe('image/webp');
    expect((await image.arrayBuffer()).byteLength).toBeGreaterThan(50);
    const all = [scenes, models, alike, await server.json('/api/gallery'), await server.json('/api/runs')];
    expect(JSON.stringify(all)).not.toContain(folder.path);
  });

  it('plans, starts and follows a run, region by region, to its end', async () => {
    const spec = { scenes: ['large'], model: 'noop', regionPixels: 512, workers: 1 };
    const plan = await server.json('/api/runs/plan', { application: 'app', ...spec });
    expect(plan.body).toMatchObject({ regions: 252, workers: 1 });
    const stream = readEvents(`${server.url}/api/events`);
    await until(
      () => Promise.resolve(stream.events),
      (events) => events.some(({ event }) => event === 'reset'),
    );
    const run = await started(spec);
    expect(await ended(run)).toMatchObject({ status: 'done', tasks: { planned: 252, done: 252 } });
    const seen = () =>
      stream.events
        .filter(({ event }) => event === 'regions')
        .flatMap(({ data }) => (data as { run: string; regions: { task: string; state: string }[] }).regions)
        .filter(({ state }) => state === 'done');
    await until(
      () => Promise.resolve(seen()),
      (regions) => regions.length === 252,
    );
    const { regions } = await get(`/api/runs/${run}/regions`, regionsView);
    expect(new Set(seen().map(({ task }) => task))).toEqual(new Set(regions.map(({ task }) => task)));
    expect(regions.every(({ state, corners }) => state === 'done' && corners.length === 4)).toBe(true);
    await stream.stop();

    // Whoever was cut off goes on where he was, and hears nothing twice.
    const at = stream.events.findIndex(({ event }) => event === 'regions');
    const again = readEvents(`${server.url}/api/events`, { 'last-event-id': stream.events[at]?.id ?? '' });
    const first = await until(
      () => Promise.resolve(again.events),
      (events) => events.length > 0,
    );
    expect(['reset', stream.events[at + 1]?.event]).toContain(first[0]?.event);
    await again.stop();
  });

  it('pauses a run, does an area first that is asked for, and lets it go on', async () => {
    const run = await started({
      scenes: ['large'],
      model: 'noop',
      regionPixels: 512,
      workers: 1,
      fresh: true,
    });
    await until(
      () => get(`/api/runs/${run}/regions`, regionsView),
      ({ regions }) => regions.some(({ state }) => state === 'done'),
    );
    const paused = runView.parse((await server.json(`/api/runs/${run}/pause`, {})).body);
    expect(paused.status).toBe('interrupted');
    const before = await get(`/api/runs/${run}/regions`, regionsView);
    const last = before.regions.at(-1);
    expect(last?.state).toBe('waiting');
    const lons = last?.corners.map(([lon = 0]) => lon) ?? [];
    const lats = last?.corners.map(([, lat = 0]) => lat) ?? [];
    const middle = [lons, lats].map((values) => (Math.min(...values) + Math.max(...values)) / 2);
    const bbox = [...middle.map((v) => v - 1e-5), ...middle.map((v) => v + 1e-5)];
    const asked = await server.json(`/api/runs/${run}/priority`, { bbox }, 'PUT');
    expect(asked.status).toBe(200);
    await server.json(`/api/runs/${run}/resume`, {});
    const state = await until(
      () => get(`/api/runs/${run}/regions`, regionsView),
      ({ regions }) => regions.at(-1)?.state === 'done',
    );
    // The last region of all was done when others were still waiting.
    expect(state.regions.some((region) => region.state === 'waiting')).toBe(true);
    expect(await ended(run)).toMatchObject({ status: 'done', tasks: { planned: 252, failed: 0 } });
    // Its process may take a moment to end after the record says that it is done.
    await until(
      () => server.json(`/api/runs/${run}/resume`, {}),
      ({ status }) => status === 202,
    );
    expect(await ended(run)).toMatchObject({ status: 'done' });
  });

  it('says why a run could not be planned', async () => {
    const run = await started({ scenes: ['large'], model: 'noop', workers: 1, maxMemoryMiB: 101 });
    expect(await ended(run)).toMatchObject({ status: 'failed', error: { code: 'MEMORY_TOO_SMALL' } });
    const missing = await server.json('/api/runs', { application: 'app', scenes: ['nowhere'] });
    expect(missing).toMatchObject({ status: 404, body: { code: 'NO_SCENE' } });
  });

  it.each(['plain', 'gallery'])('predicts with %s the pixels that a run maps', async (name) => {
    const models = z
      .object({ models: z.array(z.object({ id: z.string() })) })
      .parse((await server.json('/api/applications/app/models')).body);
    const model = name === 'gallery' ? gallery : models.models.find(({ id }) => id.startsWith(name))?.id;
    const { bbox } = await get('/api/scenes/north', sceneView);
    const answer = await fetch(`${server.url}/api/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ application: 'app', model, scene: 'north', bbox, format: 'geotiff' }),
    });
    expect(answer.headers.get('content-type'), await answer.clone().text()).toContain('geotiff');
    const file = `${folder.path}/${name}.tif`;
    await writeFile(file, Buffer.from(await answer.arrayBuffer()));
    const args = ['map', 'run', 'app', '--scenes', 'north', '--model', model ?? '', '--fresh'];
    const run = z
      .object({
        run: z.string(),
        scenes: z.array(z.object({ layers: z.record(z.string(), z.string()) })),
      })
      .parse(await runOk([...args, '--workspace', workspace]));
    const layers = Object.entries(run.scenes[0]?.layers ?? {});
    expect(layers.map(([layer]) => layer)).toEqual(
      name === 'gallery' ? ['class', 'confidence', 'bucket', 'margin'] : ['class', 'confidence'],
    );
    for (const [i, [, path]] of layers.entries()) expect(pixelsOf(file, i + 1)).toEqual(pixelsOf(path));
    // As map tiles too: those of the finished map and those that are predicted are the same pictures.
    const tileJson = z.object({
      tiles: z.array(z.string()),
      maxzoom: z.int(),
      minzoom: z.int(),
      bounds: z.array(z.number()),
    });
    const live = tileJson.parse(
      (await server.json(`/tiles/live/app/${model}/north/class/tilejson.json`)).body,
    );
    expect(live.minzoom).toBeGreaterThan(live.maxzoom - 5);
    const [west = 0, south = 0, east = 0, north = 0] = live.bounds;
    const at = tileAt((west + east) / 2, (south + north) / 2, live.maxzoom - 1);
    const address = (live.tiles[0] ?? '').replace('{z}/{x}/{y}', `${at}.png`);
    const mapped = await fetch(`${server.url}/tiles/map/${run.run}/north/class/${at}.png`);
    const predicted = await fetch(address);
    expect(predicted.status).toBe(200);
    expect(Buffer.from(await predicted.arrayBuffer())).toEqual(Buffer.from(await mapped.arrayBuffer()));
    const again = await fetch(address, { headers: { 'if-none-match': predicted.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
    const far = await server.json(`/tiles/live/app/${model}/north/nonsense/tilejson.json`);
    expect(far).toMatchObject({ status: 404, body: { code: 'NO_LAYER' } });
    const json = await server.json('/api/predict', { application: 'app', model, scene: 'north', bbox });
    expect(json.body).toMatchObject({
      window: { x: 0, y: 0, width: 512, height: 384 },
      validPixels: 512 * 384,
    });
  });

  it('explains a place, and says that there is nothing beside the map', async () => {
    const run = await started({ scenes: ['north'], model: gallery });
    expect(await ended(run)).toMatchObject({ status: 'done', error: null });
    const { bbox } = await get('/api/scenes/north', sceneView);
    const [lon, lat] = [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2];
    const found = await server.json(`/api/runs/${run}/explain?lon=${lon}&lat=${lat}`);
    expect(found.body).toMatchObject({ scene: 'north', routing: { chip: { id: expect.any(String) } } });
    expect(await server.json(`/api/runs/${run}/explain?lon=0&lat=0`)).toMatchObject({
      status: 404,
      body: { code: 'NOT_ON_MAP' },
    });
  });

  it('outlines the objects of a run, and finds those in a box', async () => {
    const run = await started({ scenes: ['north'], model: gallery });
    await ended(run);
    expect(await server.json(`/api/runs/${run}/objects`)).toMatchObject({
      status: 404,
      body: { code: 'NO_OBJECTS' },
    });
    const made = await server.json(`/api/runs/${run}/objects`, { minAreaM2: 2 });
    const { objects } = z.object({ objects: z.int() }).parse(made.body);
    expect(objects).toBeGreaterThan(3);
    const listed = z
      .object({
        features: z.array(
          z.object({ id: z.string(), properties: z.object({ area_m2: z.number() }).loose() }),
        ),
      })
      .parse((await server.json(`/api/runs/${run}/objects?limit=5000`)).body);
    expect(listed.features).toHaveLength(objects);
    expect(new Set(listed.features.map(({ id }) => id)).size).toBe(objects);
    expect(Math.min(...listed.features.map(({ properties }) => properties.area_m2))).toBeGreaterThanOrEqual(
      2,
    );
    const { bbox } = await get('/api/scenes/north', sceneView);
    const west = [bbox[0], bbox[1], (bbox[0] + bbox[2]) / 2, bbox[3]].join();
    const half = await server.json(`/api/runs/${run}/objects?bbox=${west}&limit=5000`);
    const { numberReturned } = z.object({ numberReturned: z.int() }).parse(half.body);
    expect(numberReturned).toBeGreaterThan(0);
    expect(numberReturned).toBeLessThan(objects);
  });

  it('is killed during a run that was started from it: the run goes on, and the next server shows it', async () => {
    const run = await started({
      scenes: ['large'],
      model: 'noop',
      regionPixels: 512,
      workers: 1,
      fresh: true,
    });
    await until(
      () => get(`/api/runs/${run}`, runView),
      ({ status }) => status === 'running',
    );
    await server.kill();
    server = await startServer(workspace);
    expect(['running', 'done']).toContain((await get(`/api/runs/${run}`, runView)).status);
    const record = JSON.parse(await readFile(`${workspace}/runs/${run}/run.json`, 'utf8')) as {
      coordinator: { pid: number } | null;
    };
    const pid = record.coordinator?.pid;
    if (pid !== undefined) {
      // Now the run's own process too.
      process.kill(pid, 'SIGKILL');
      await until(
        () => Promise.resolve(hasEnded(pid)),
        (gone) => gone,
      );
      expect((await get(`/api/runs/${run}`, runView)).status).toBe('interrupted');
      await server.json(`/api/runs/${run}/resume`, {});
    }
    const done = await ended(run);
    expect(done).toMatchObject({ status: 'done', tasks: { planned: 252, failed: 0 } });
    expect(done.tasks.reused).toBeGreaterThan(0);
    expect(done.scenes).toMatchObject([{ layers: ['class', 'confidence'] }]);
  });
});
