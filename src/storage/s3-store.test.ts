import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { s3Missing, startS3, type S3Service } from '../../tests/support/s3.ts';
import type { Fault } from '../../tests/support/s3-proxy.ts';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { seededRandom } from '../core/random.ts';
import { S3_LIMITS } from './plan-multipart.ts';
import { openS3Store, prepareStorage } from './open-store.ts';
import type { S3Store } from './s3-store.ts';
import type { Piece } from './store.ts';

const missing = s3Missing();
const label = missing === null ? '' : ` (SKIPPED: ${missing})`;
const MIB = 2 ** 20;
/** In place of 5 MiB, so that little has to be sent. */
const LEAST = 64 * 1024;
const KIB = 1024;

const noise = (bytes: number, seed = 1): Buffer => {
  const random = seededRandom(seed);
  return Buffer.from(Uint32Array.from({ length: bytes / 4 }, () => random() * 2 ** 32).buffer);
};

const piece = (bytes: Uint8Array, source: Piece['source'] = null): Piece => ({
  length: bytes.length,
  read: () => Promise.resolve(bytes),
  source,
});

describe.skipIf(missing !== null)(`a store in S3${label}`, () => {
  let service: S3Service;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let store: S3Store;
  let env: Record<string, string> = {};
  const open = (address: string, change: Record<string, string> = {}) => {
    const limits = { ...S3_LIMITS, leastBytes: LEAST };
    return openS3Store(address, { env: { ...env, ...change }, limits, patienceMs: 20_000 });
  };
  const text = async (key: string) => Buffer.from((await store.readAll(key)) ?? []).toString();
  beforeAll(async () => {
    service = await startS3({ leastPartBytes: LEAST });
    folder = await temporaryFolder('s3-store');
    // Where the chain of credentials looks.
    Object.assign(process.env, service.env);
    env = { ...service.env, RESFLOW_SCRATCH: folder.path };
    store = await open('s3://maps/a/b');
  });
  afterAll(async () => {
    await service.stop();
    await folder.remove();
  });
  beforeEach(() => {
    service.proxy.fault = null;
  });

  test('keeps objects, reads ranges, and lets the first writer win', async () => {
    expect(await store.readAll('one')).toBeNull();
    expect(await store.sizeOf('one')).toBeNull();
    expect(await store.open('one')).toBeNull();
    expect(await store.writeIfAbsent('one', 'first')).toBe(true);
    expect(await store.writeIfAbsent('one', 'second')).toBe(false);
    expect(await text('one')).toBe('first');
    await store.write('one', 'third');
    expect(await text('one')).toBe('third');
    expect(store.addressOf('one')).toBe('s3://maps/a/b/one');
    expect(Object.keys(await service.list())).toContain('a/b/one');
    await store.remove('one');
    await store.remove('one');
    expect(await store.readAll('one')).toBeNull();
    await store.write('empty', '');
    expect((await store.open('empty'))?.size).toBe(0);
  });

  test('reads any range of an object as it is, few requests for neighbours', async () => {
    const bytes = noise(3 * MIB);
    await store.write('big', bytes);
    const object = await store.open('big');
    for (const [offset, length] of [
      [0, 10],
      [MIB - 5, 10],
      [MIB - 1, 2 * MIB],
      [3 * MIB - 10, 100],
      [3 * MIB - 300_000, 300_000],
    ] as const) {
      const read = (await object?.read(offset, length)) ?? new Uint8Array(0);
      expect(Buffer.compare(read, bytes.subarray(offset, offset + length))).toBe(0);
    }
    const before = service.proxy.seen.length;
    for (let at = 0; at < MIB; at += 8192) await object?.read(at, 8192);
    expect(service.proxy.seen.length - before).toBe(0);
  });

  test('publishes a file once, small or large', async () => {
    for (const [name, bytes] of [
      ['small', noise(1000)],
      ['large', noise(40 * MIB)],
    ] as const) {
      const file = join(folder.path, name);
      await writeFile(file, bytes);
      expect(await store.publish(file, name)).toBe(true);
      await writeFile(file, bytes);
      expect(await store.publish(file, name)).toBe(false);
      expect(Buffer.compare(await service.read(`a/b/${name}`), bytes)).toBe(0);
    }
    expect(await service.uploads()).toEqual([]);
  });

  test('puts an object together, and lets the service copy what is large enough', async () => {
    const parts = [noise(160 * KIB, 2), noise(16 * KIB, 3), noise(320 * KIB, 4)];
    for (const [i, part] of parts.entries()) await store.write(`part-${i}`, part);
    for (const i of parts.keys()) await store.open(`part-${i}`);
    const head = noise(1000, 5);
    const step = 16 * KIB;
    const pieces = [
      piece(head),
      ...parts.flatMap((part, i) =>
        Array.from({ length: part.length / step }, (_, at) =>
          piece(part.subarray(at * step, (at + 1) * step), { key: `part-${i}`, offset: at * step }),
        ),
      ),
    ];
    const whole = Buffer.concat([head, ...parts]);
    const before = service.proxy.seen.length;
    expect(await store.join('joined', pieces, { bytes: whole.length })).toBe(true);
    expect(Buffer.compare(await service.read('a/b/joined'), whole)).toBe(0);
    const sent = service.proxy.seen.slice(before).reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    // The head and 64 KiB, then 96 are copied; the 16 and 48 more, then 272 are copied.
    expect(sent).toBeGreaterThan(128 * KIB);
    expect(sent).toBeLessThan(132 * KIB);
    expect(await service.uploads()).toEqual([]);
  });

  test('ends uploads that a killed process left, of its own keys only', async () => {
    const { CreateMultipartUploadCommand } = await import('@aws-sdk/client-s3');
    for (const Key of ['a/b/runs/1/map', 'a/b/runs/2/map', 'a/c/runs/1/map'])
      await service.client.send(new CreateMultipartUploadCommand({ Bucket: 'maps', Key }));
    expect(await store.sweep('runs/1/')).toBe(1);
    expect((await service.uploads()).sort()).toEqual(['a/b/runs/2/map', 'a/c/runs/1/map']);
    await store.sweep('');
    expect(await service.uploads()).toEqual(['a/c/runs/1/map']);
  });

  test('refuses keys that lead out of it', async () => {
    await expect(store.readAll('../../c/x')).rejects.toThrow('leads out');
    expect(() => store.addressOf('/x')).toThrow('leads out');
  });

  test('is checked before it is used: conditional creation has to work', async () => {
    await prepareStorage(store);
    await prepareStorage(store);
    service.proxy.fault = async ({ method, headers }) => {
      if (method === 'PUT' && headers['if-none-match'] !== undefined) return 200;
      return null;
    };
    await expect(prepareStorage(store)).rejects.toMatchObject({ code: 'STORAGE_UNFIT' });
  });

  describe.each<{ fault: Fault }>([
    { fault: 'lose' },
    { fault: 'forget' },
    { fault: 'cut' },
    { fault: 'twice' },
    { fault: 500 },
    { fault: 503 },
  ])('with every other request met by $fault', ({ fault }) => {
    test('does the same', async () => {
      const bytes = noise(600 * KIB, 6);
      const name = `faulty-${fault}`;
      await store.write(`${name}-source`, bytes);
      let count = 0;
      service.proxy.fault = () => (count++ % 2 === 0 ? fault : null);
      await store.writeIfAbsent(`${name}-once`, 'once');
      expect(await store.writeIfAbsent(`${name}-once`, 'again')).toBe(false);
      const object = await store.open(`${name}-source`);
      expect(Buffer.compare((await object?.read(0, bytes.length)) ?? Buffer.from(''), bytes)).toBe(0);
      const pieces = [piece(bytes, { key: `${name}-source`, offset: 0 }), piece(Buffer.from('tail'))];
      await store.join(`${name}-joined`, pieces, { bytes: bytes.length + 4 });
      await store.remove(`${name}-source`);
      service.proxy.fault = null;
      expect(
        Buffer.compare(await service.read(`a/b/${name}-joined`), Buffer.concat([bytes, Buffer.from('tail')])),
      ).toBe(0);
      expect(await text(`${name}-once`)).toBe('once');
      expect(await store.sizeOf(`${name}-source`)).toBeNull();
      // The answer to a beginning may be lost: nobody knows of that upload then, and the sweep ends it.
      await store.sweep('');
      expect((await service.uploads()).filter((key) => key.startsWith('a/b/'))).toEqual([]);
    });
  });

  test('says what is wrong, and no secret', async () => {
    service.proxy.fault = () => 403;
    const denied = await store.readAll('x').catch((error: unknown) => error);
    expect(denied).toMatchObject({ code: 'STORAGE_DENIED', family: 'resource' });
    service.proxy.fault = null;
    const other = await open('s3://no-such-bucket');
    await expect(other.writeIfAbsent('x', 'x')).rejects.toMatchObject({ code: 'STORAGE_MISSING' });
    const nowhere = { ...env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const away = await openS3Store('s3://maps', { env: nowhere, patienceMs: 300 });
    await expect(away.readAll('x')).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  });
});
