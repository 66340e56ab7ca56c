import { readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { runOk, usageOf } from '../support/program.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const REQUESTS = Number(process.env['RESFLOW_TEST_FUZZ'] ?? '10000');
const SEED = 20261126;
const SECRET = 'never-to-be-read-from-outside';

const METHODS = ['GET', 'GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'BREW'];
const NASTY = [
  '..',
  '../../secret.txt',
  '..%2f..%2fsecret.txt',
  '%2e%2e/%2e%2e/secret.txt',
  '....//',
  '/etc/passwd',
  '%00',
  'scene%00.tif',
  '/vsicurl/http://127.0.0.1:1/x',
  'GTIFF_DIR:1:/etc/passwd',
  '<VRTDataset/>',
  'HDF5:"/etc/passwd"://x',
  "'; DROP TABLE chips; --",
  '"><script>alert(1)</script>',
  '${jndi:ldap://x}',
  'NaN',
  'Infinity',
  '-1',
  '1e309',
  '99999999999999999999',
  '%E0%A4%A',
  '\u202e',
  '🗺️',
  'a'.repeat(600),
  '',
  ' ',
  '__proto__',
  'constructor',
  '0x10',
  '[]',
  '{}',
  'null',
];
const GOOD = [
  'scene',
  'app',
  'latest',
  'class',
  'confidence',
  'mono',
  'noop',
  '0',
  '12',
  'tilejson.json',
  '0.png',
  '3.webp',
];
const KEYS = [
  'bands',
  'rescale',
  'colormap',
  'hide',
  'lon',
  'lat',
  'bbox',
  'limit',
  'chip',
  'place',
  'bucket',
  'since',
  'key',
  'v',
  'after',
  'SERVICE',
  'REQUEST',
  'LAYER',
  'f',
  'size',
  'token',
  'datetime',
  'ids',
];

/** Requests made of the server's own addresses, with parts of them replaced by what should not be there. */
function requestMaker(paths: readonly { url: string; methods: readonly string[] }[], run: string) {
  const random = seededRandom(SEED);
  const pick = <T>(list: readonly T[]): T => {
    const [found] = list.slice(Math.floor(random() * list.length));
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  };
  const part = (): string => {
    const kind = random();
    if (kind < 0.45) return pick(NASTY);
    if (kind < 0.8) return pick([...GOOD, run]);
    if (kind < 0.9) return String(Math.floor(random() * 2 ** 40) - 2 ** 20);
    return Array.from({ length: 1 + Math.floor(random() * 12) }, () =>
      String.fromCharCode(33 + Math.floor(random() * 300)),
    ).join('');
  };
  const value = (depth = 0): unknown => {
    const kind = random();
    if (kind < 0.5 || depth > 3)
      return pick<unknown>([part(), NaN, Infinity, -1, 0, 1e9, null, true, '', [], {}]);
    if (kind < 0.7) return Array.from({ length: Math.floor(random() * 6) }, () => value(depth + 1));
    const names = [
      'application',
      'scenes',
      'model',
      'bbox',
      'scene',
      'format',
      'workers',
      '__proto__',
      'collections',
      'limit',
      'intersects',
    ];
    return Object.fromEntries(Array.from({ length: 4 }, () => [pick(names), value(depth + 1)]));
  };
  const clean = (text: string): string => text.replace(/[\r\n ]/g, '%20');
  return (): string => {
    const { url, methods } = pick(paths);
    const path =
      random() < 0.85
        ? url.replace(/\{[A-Za-z]+\}/g, () =>
            clean(random() < 0.5 ? pick([...GOOD, run]) : encodeIf(part(), random())),
          )
        : `/${clean(part())}/${clean(part())}`;
    // The one scene stays, or the rest would be asked of nothing.
    const kept = path.replace(/^\/api\/scenes\/scene$/, '/api/scenes/other');
    const query = Array.from(
      { length: Math.floor(random() * 4) },
      () => `${pick(KEYS)}=${clean(encodeIf(part(), random()))}`,
    ).join('&');
    const method = random() < 0.7 ? pick(methods) : pick(METHODS);
    const body = random() < 0.5 ? JSON.stringify(value()) : random() < 0.5 ? part() : '';
    const headers = [
      'Host: 127.0.0.1',
      'Connection: close',
      ...(random() < 0.8
        ? ['Content-Type: application/json']
        : [`Content-Type: ${pick(['text/plain', 'multipart/form-data', 'application/xml'])}`]),
      ...(random() < 0.1
        ? [`Range: bytes=${pick(['0-', '-1', '5-2', '0-0,1-1,2-2', 'x', '99999999999-'])}`]
        : []),
      ...(random() < 0.1 ? [`If-None-Match: ${clean(part())}`] : []),
      ...(random() < 0.05 ? [`Last-Event-ID: ${clean(part())}`] : []),
      ...(random() < 0.03 ? ['Accept-Encoding: gzip;q=NaN'] : []),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    // What is no Latin-1 goes out as the bytes of UTF-8, as a careless client does.
    return `${method} ${method === 'DELETE' ? kept : path}${query === '' ? '' : `?${query}`} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
  };
}

const encodeIf = (text: string, chance: number): string => (chance < 0.6 ? encodeURIComponent(text) : text);

/** Sends bytes, and reads what comes until the other side closes, or the beginning of an endless answer. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const endless = /\/api\/events/.test(text.slice(0, 60));
    let hangUp = setTimeout(() => socket.destroy(), 60_000);
    socket.on('connect', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => {
      // Counted from the first byte: a busy server answers when it comes to it.
      if (endless && answer === '') {
        clearTimeout(hangUp);
        hangUp = setTimeout(() => socket.destroy(), 300);
      }
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(hangUp);
      resolve(answer);
    });
  });
}

describe(`${REQUESTS} random and malicious requests`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  let server: TestServer;
  beforeAll(async () => {
    folder = await temporaryFolder('fuzz');
    workspace = await workspaceWithScene(folder.path, { width: 1200, height: 900 });
    await writeFile(join(folder.path, 'secret.txt'), SECRET);
    await runOk(['map', 'run', 'app', '--all', '--model', 'noop', '--workspace', workspace]);
    server = await startServer(workspace);
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('meet no defect, reach no file beside the workspace, and leave the server as it was', async () => {
    const port = Number(new URL(server.url).port);
    const { body } = await server.json('/api/openapi.json');
    const paths = Object.entries((body as { paths: Record<string, object> }).paths).map(([url, methods]) => ({
      url,
      methods: Object.keys(methods).map((method) => method.toUpperCase()),
    }));
    expect(paths.length).toBeGreaterThan(30);
    const { runs } = (await server.json('/api/runs')).body as { runs: { id: string }[] };
    const make = requestMaker(paths, runs[0]?.id ?? '');
    const files = async () => (await readdir(folder.path)).sort();
    const before = { memory: usageOf(server.pid).residentMiB, files: await files() };
    const counts = new Map<string, number>();
    let left = REQUESTS;
    const client = async () => {
      while (left > 0) {
        left -= 1;
        const text = make();
        const answer = await exchange(port, text);
        const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
        counts.set(status, (counts.get(status) ?? 0) + 1);
        expect(status, `${text}\n\n${answer.slice(0, 2000)}`).toMatch(/^[1234]\d\d$/);
        expect(answer).not.toContain(SECRET);
        expect(answer).not.toContain('root:x:0');
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    process.stderr.write(
      `answers: ${JSON.stringify(Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b))))} (seed ${SEED})\n`,
    );
    // Some of them were good ones, or nothing was tried.
    expect(counts.get('200') ?? 0).toBeGreaterThan(REQUESTS / 100);
    expect(await files()).toEqual(before.files);
    expect((await server.json('/api')).status).toBe(200);
    expect(usageOf(server.pid).residentMiB).toBeLessThan(before.memory + 400);
  });
});
