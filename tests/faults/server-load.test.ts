import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { gdal } from '../../src/raster/gdal.ts';
import { runOk, usageOf } from '../support/program.ts';
import { readEvents, startServer, until, type TestServer } from '../support/server.ts';
import { temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 240_000 });

const CLIENTS = 200;
const SECONDS = Number(process.env['RESFLOW_TEST_LOAD_SECONDS'] ?? '20');
/** Node itself, the libraries, 128 MiB of pictures, open files. */
const MOST_MIB = 1200;

describe(`${CLIENTS} clients for ${SECONDS} s, half of whom leave early`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;
  beforeAll(async () => {
    folder = await temporaryFolder('load');
    const workspace = await workspaceWithScene(folder.path, { width: 8000, height: 6000 });
    const plain = gdal.open(`${folder.path}/scene.tif`);
    const copy = `${folder.path}/cloud-optimized.tif`;
    gdal.drivers.get('COG').createCopy(copy, plain, ['COMPRESS=DEFLATE', 'LEVEL=1']).close();
    plain.close();
    const about = ['--place', 'somewhere', '--id', 'cog', '--workspace', workspace];
    await runOk(['scene', 'add', copy, ...about]);
    await runOk(['map', 'run', 'app', '--all', '--model', 'noop', '--workspace', workspace]);
    server = await startServer(workspace);
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('get what they wait for, and leave neither memory nor streams behind', async () => {
    const random = seededRandom(20261127);
    const { bounds, minzoom, maxzoom } = (await server.json('/tiles/scene/cog/tilejson.json')).body as {
      bounds: [number, number, number, number];
      minzoom: number;
      maxzoom: number;
    };
    const tile = (): string => {
      const z = minzoom + Math.floor(random() * (maxzoom - minzoom + 1));
      const lon = bounds[0] + random() * (bounds[2] - bounds[0]);
      const lat = bounds[1] + random() * (bounds[3] - bounds[1]);
      const x = Math.floor(((lon + 180) / 360) * 2 ** z);
      const y = Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z);
      const name = ['scene/cog', 'map/latest/scene/class', 'map/latest/_/confidence'][
        Math.floor(random() * 3)
      ];
      const format = ['png', 'webp'][Math.floor(random() * 2)];
      // A range of one's own: few are the same as somebody else's.
      const look = name === 'scene/cog' ? `?rescale=0,${200 + Math.floor(random() * 50)}` : '';
      return `/tiles/${name}/${z}/${x}/${y}.${format}${look}`;
    };
    const counts = { whole: 0, left: 0, busy: 0, other: 0 };
    const others = new Set<string>();
    const ask = (path: string, patienceMs: number | null): Promise<void> =>
      new Promise((resolve) => {
        const asked = request(`${server.url}${path}`, { agent: false }, (answer) => {
          answer.resume();
          answer.once('end', () => {
            const { statusCode = 0 } = answer;
            if (statusCode !== 200 && statusCode !== 503) others.add(`${statusCode} ${path}`);
            counts[statusCode === 200 ? 'whole' : statusCode === 503 ? 'busy' : 'other'] += 1;
          });
          answer.once('close', resolve);
          answer.once('error', () => undefined);
        });
        asked.once('error', () => resolve());
        asked.end();
        if (patienceMs === null) return;
        setTimeout(() => {
          if (asked.destroyed) return;
          counts.left += 1;
          asked.destroy();
        }, patienceMs).unref();
      });
    const client = async (hasty: boolean, end: number) => {
      while (Date.now() < end) {
        if (random() < 0.02) {
          const stream = readEvents(`${server.url}/api/events`);
          await new Promise((resolve) => setTimeout(resolve, 100));
          await stream.stop();
        } else await ask(random() < 0.05 ? '/api/runs' : tile(), hasty ? random() * 60 : null);
        // Who leaves looks at something else for a moment.
        if (hasty) await new Promise((resolve) => setTimeout(resolve, random() * 200));
      }
    };
    const crowd = async (seconds: number) => {
      const end = Date.now() + seconds * 1000;
      await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i % 2 === 0, end)));
    };
    // Until what the server keeps on purpose is full: map tiles, and blocks of files.
    await crowd(15);
    const before = usageOf(server.pid);
    await crowd(SECONDS);
    // Their connections are closed, and what they asked for and did not wait for is not worked on.
    await until(
      () => Promise.resolve(usageOf(server.pid)),
      ({ residentMiB }) => residentMiB < before.residentMiB + 250,
      30,
    );
    const after = usageOf(server.pid);
    process.stderr.write(
      `clients: ${JSON.stringify(counts)}; memory ${before.residentMiB.toFixed(0)} MiB before, ${after.highestMiB.toFixed(0)} at most, ${after.residentMiB.toFixed(0)} after; threads ${before.threads}, ${after.threads}\n`,
    );
    expect([...others]).toEqual([]);
    expect(counts.whole).toBeGreaterThan(CLIENTS);
    expect(counts.left).toBeGreaterThan(CLIENTS);
    expect(after.highestMiB).toBeLessThan(MOST_MIB);
    expect(after.threads).toBeLessThanOrEqual(before.threads + 16);
    const asked = performance.now();
    expect((await server.json('/api')).status).toBe(200);
    expect(performance.now() - asked).toBeLessThan(5000);
  });
});
