import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../../src/core/random.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { MapTaskReport } from '../../src/engine/protocol.ts';
import { assembleScene } from '../../src/mosaic/assemble-scene.ts';
import { writePart } from '../../src/mosaic/write-part.ts';
import { fileStore } from '../../src/storage/file-store.ts';
import { InputMirror } from '../../src/storage/input-mirror.ts';
import { storeInputs } from '../../src/storage/inputs.ts';
import { openS3Store } from '../../src/storage/open-store.ts';
import { S3_LIMITS } from '../../src/storage/plan-multipart.ts';
import type { S3Store } from '../../src/storage/s3-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { partKey, readMarker, writeMarker } from '../../src/workspace/ledger.ts';
import { CLASS_LAYER, CONFIDENCE_LAYER, cutRaster, regionWindows } from '../support/layers.ts';
import { s3Missing, startS3, type S3Service } from '../support/s3.ts';
import type { Fault, SeenRequest } from '../support/s3-proxy.ts';
import { temporaryFolder } from '../support/workspace.ts';

/**
 * A small run, of all that touches the storage and nothing else, is disturbed at its first call, at its second, and so on:
 * by a fault that passes, and by the death of the process, before the call arrives and after.
 */

const missing = s3Missing();
/** Every so-manieth call; 1: each. */
const EVERY = Number(process.env['RESFLOW_TEST_S3_EVERY'] ?? '5');
/** In place of 5 MiB, so that a small map has parts to copy and parts to send. */
const LEAST = 8 * 1024;
const size = { width: 500, height: 300 };
const blockPixels = 64;
const windows = regionWindows(size, 256);
const layers = [CLASS_LAYER, CONFIDENCE_LAYER];
const random = seededRandom(7);
/** Noise: blocks that take many bytes. */
const rasters = layers.map((spec) => {
  const values = spec.palette?.map(({ value }) => value) ?? Array.from({ length: 255 }, (_, at) => at + 1);
  const data = new Uint8Array(size.width * size.height).map(
    () => values[randomInt(random, values.length)] ?? 0,
  );
  return { spec, raster: { ...size, data } };
});

const reportOf = (task: string, part: { bytes: number; sha256: string }): MapTaskReport => ({
  task,
  partBytes: part.bytes,
  partSha256: part.sha256,
  pixels: 1,
  validPixels: 1,
  chips: 1,
  chipsSkipped: 0,
  pixelsComputed: 1,
  pixelsKept: 1,
  seam: { sum: 0, pixels: 0 },
  seconds: { total: 0, read: 0, inference: 0, encode: 0 },
  peakMemoryMiB: 1,
});

/** What a coordinator and a worker do with a store, one after the other; gives how many tasks it found done. */
async function wholeRun(store: Store, prefix: string): Promise<number> {
  const tasks = windows.map((window) => ({ window, id: digestOf({ prefix, window }) }));
  let found = 0;
  for (const { id, window } of tasks) {
    if ((await readMarker(store, id)) !== null) {
      found += 1;
      continue;
    }
    const cut = rasters.map(({ spec, raster }) => ({ spec, data: cutRaster(raster, window) }));
    const part = await writePart(store, partKey(id), { grid: size, window, blockPixels, layers: cut });
    await writeMarker(store, reportOf(id, part));
  }
  await assembleScene({
    store,
    parts: tasks.map(({ id }) => partKey(id)),
    grid: { ...size, transform: [0, 1, 0, 0, 0, -1], wkt: null },
    blockPixels,
    layers,
    outputs: layers.map(({ name }) => ({ name, key: `runs/1/maps/scene/${name}.tif` })),
    metadata: {},
  });
  return found;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(missing !== null)(
  `a run disturbed at every ${EVERY === 1 ? '' : `${EVERY}th `}call${missing === null ? '' : ` (SKIPPED: ${missing})`}`,
  () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let service: S3Service;
    let undisturbed: readonly SeenRequest[] = [];
    const expected: Record<string, string> = {};
    beforeAll(async () => {
      folder = await temporaryFolder('s3-every-call');
      service = await startS3({ leastPartBytes: LEAST });
      Object.assign(process.env, service.env);
      const disk = fileStore(join(folder.path, 'local'));
      await wholeRun(disk, 'local');
      for (const { name } of layers)
        expected[name] = sha256((await disk.readAll(`runs/1/maps/scene/${name}.tif`)) ?? Buffer.from(''));
      const before = service.proxy.seen.length;
      await wholeRun(await open('undisturbed'), 'undisturbed');
      undisturbed = service.proxy.seen.slice(before);
      process.stderr.write(`calls of an undisturbed run: ${undisturbed.length}\n`);
    });
    afterAll(async () => {
      await service.stop();
      await folder.remove();
    });

    const open = (prefix: string, patienceMs = 20_000): Promise<S3Store> =>
      openS3Store(`s3://maps/${prefix}`, {
        env: { ...service.env, RESFLOW_SCRATCH: folder.path },
        limits: { ...S3_LIMITS, leastBytes: LEAST },
        patienceMs,
      });

    /** The maps are the same, everything is there once, and nothing else. */
    async function expectSame(prefix: string): Promise<void> {
      for (const { name } of layers) {
        const bytes = await service.read(`${prefix}/runs/1/maps/scene/${name}.tif`);
        expect({ prefix, sha256: sha256(bytes) }).toEqual({ prefix, sha256: expected[name] });
      }
      const keys = Object.keys(await service.list(`${prefix}/`));
      expect(keys.filter((key) => key.includes('/parts/'))).toHaveLength(windows.length);
      expect(keys.filter((key) => key.includes('/ledger/'))).toHaveLength(windows.length);
      expect(keys).toHaveLength(2 * windows.length + 4);
      expect(await service.uploads()).toEqual([]);
    }

    const moments = () => Array.from({ length: Math.ceil(undisturbed.length / EVERY) }, (_, i) => i * EVERY);

    it('is the same undisturbed as on a disk, and copies and sends', async () => {
      await expectSame('undisturbed');
      const parts = undisturbed.filter(({ path, method }) => method === 'PUT' && path.includes('partNumber'));
      const copies = parts.filter(({ headers }) => headers['x-amz-copy-source'] !== undefined);
      expect(copies.length).toBeGreaterThan(0);
      expect(copies.length).toBeLessThan(parts.length);
    });

    it.each<{ fault: Fault }>([{ fault: 'lose' }, { fault: 'forget' }, { fault: 'cut' }, { fault: 500 }])(
      'by $fault: it is done all the same',
      async ({ fault }) => {
        for (const at of moments()) {
          const prefix = `passing-${fault}-${at}`;
          const start = service.proxy.seen.length;
          service.proxy.fault = ({ index }) => (index === start + at ? fault : null);
          const store = await open(prefix);
          await wholeRun(store, prefix);
          service.proxy.fault = null;
          // Of a lost answer to a beginning nobody knows the upload; the run's end sweeps.
          await store.sweep('runs/1/');
          await expectSame(prefix);
        }
      },
      300_000,
    );

    it.each<{ death: Fault; when: string }>([
      { death: 'lose', when: 'before the call arrives' },
      { death: 'forget', when: 'once it has arrived' },
    ])(
      'by death $when: the next process ends the run',
      async ({ death }) => {
        for (const at of moments()) {
          const prefix = `death-${death}-${at}`;
          const start = service.proxy.seen.length;
          service.proxy.fault = ({ index }) =>
            index < start + at ? null : index === start + at ? death : 'lose';
          await expect(wholeRun(await open(prefix, 0), prefix)).rejects.toMatchObject({
            code: 'STORAGE_FAILED',
          });
          service.proxy.fault = null;
          const store = await open(prefix);
          await store.sweep('');
          const markers = Object.keys(await service.list(`${prefix}/ledger/`)).length;
          expect(await wholeRun(store, prefix)).toBe(markers);
          await expectSame(prefix);
        }
      },
      300_000,
    );

    it('what tasks read arrives whole or not at all', async () => {
      const source = join(folder.path, 'workspace');
      await mkdir(join(source, 'models', 'app'), { recursive: true });
      await writeFile(join(source, 'models', 'app', 'model.onnx'), Buffer.alloc(700_000, 'weights'));
      await writeFile(join(source, 'models', 'app', 'card.json'), '{}');
      const paths = ['models/app/model.onnx', 'models/app/card.json'];
      for (const fault of ['lose', 'cut', 500] as const) {
        let count = 0;
        service.proxy.fault = () => (count++ % 2 === 0 ? fault : null);
        const store = await open(`inputs-${fault}`);
        const digest = await storeInputs(store, source, paths);
        const mirror = await InputMirror.open(store, join(folder.path, `mirror-${fault}`), digest);
        await mirror.fetch(() => true);
        service.proxy.fault = null;
        const copy = fileStore(mirror.root);
        expect(await copy.sizeOf('models/app/model.onnx')).toBe(700_000);
        expect(String(await copy.readAll('models/app/card.json'))).toBe('{}');
      }
    });

    it('a copy that was tampered with is refused, and fetched anew where it is a local one', async () => {
      const source = join(folder.path, 'workspace');
      const store = await open('inputs-lose');
      const digest = await storeInputs(store, source, ['models/app/card.json']);
      const folderOf = join(folder.path, 'mirror-tampered');
      await (await InputMirror.open(store, folderOf, digest)).fetch(() => true);
      const sha = sha256(Buffer.from('{}'));
      await writeFile(join(folderOf, sha), '[]');
      const mirror = await InputMirror.open(store, folderOf, digest);
      await mirror.fetch(() => true);
      expect(String(await fileStore(mirror.root).readAll('models/app/card.json'))).toBe('{}');
      await store.write(`inputs/${sha.slice(0, 2)}/${sha}`, '[]');
      const other = await InputMirror.open(store, join(folder.path, 'mirror-other'), digest);
      await expect(other.fetch(() => true)).rejects.toMatchObject({ code: 'INPUTS_CHANGED' });
    });
  },
);
