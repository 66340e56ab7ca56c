import { createServer, type Server } from 'node:http';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkIdentity, identify } from './source-identity.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resflow-identity-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('files', () => {
  it('are the same until they change, and what changed is said', async () => {
    const path = join(folder, 'small.bin');
    writeFileSync(path, 'one two');
    const identity = await identify(path);
    expect(identity).toMatchObject({ href: path, size: 7, etag: null });
    utimesSync(path, 1, 1);
    await checkIdentity(identity);
    writeFileSync(path, 'one six');
    await expect(checkIdentity(identity)).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      exitCode: 4,
      message: expect.stringContaining('digest') as string,
      hint: expect.stringContaining('--replace') as string,
    });
    appendFileSync(path, '!');
    await expect(checkIdentity(identity)).rejects.toThrow(/size 7 -> 8 bytes/);
    rmSync(path);
    await expect(checkIdentity(identity)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('of which only head and tail are digested count as changed by their time', async () => {
    const path = join(folder, 'large.bin');
    writeFileSync(path, Buffer.alloc(300_000, 7));
    const identity = await identify(path);
    await checkIdentity(identity);
    const bytes = readFileSync(path);
    bytes[150_000] = 8;
    writeFileSync(path, bytes);
    utimesSync(path, 1, 1);
    await expect(checkIdentity(identity)).rejects.toThrow(/modified/);
    bytes[299_999] = 8;
    writeFileSync(path, bytes);
    await expect(checkIdentity(identity)).rejects.toThrow(/digest/);
  });
});

describe('http sources', () => {
  let server: Server;
  let address = '';
  let etag: string | null = '"a"';
  let body = Buffer.alloc(200_000, 1);
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (etag !== null) response.setHeader('etag', etag);
      const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
      const part = range === null ? body : body.subarray(Number(range[1]), Number(range[2]) + 1);
      response.writeHead(request.url === '/gone' ? 404 : range === null ? 200 : 206, {
        'content-length': part.length,
      });
      response.end(request.method === 'HEAD' ? undefined : part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('are known by their ETag, else by a digest of ranges', async () => {
    const tagged = await identify(`${address}/a.tif`);
    expect(tagged).toMatchObject({ size: 200_000, etag: '"a"', sha256: null });
    etag = '"b"';
    await expect(checkIdentity(tagged)).rejects.toThrow(/ETag "a" -> "b"/);
    etag = null;
    const digested = await identify(`${address}/a.tif`);
    expect(digested.sha256).toMatch(/^[0-9a-f]{64}$/);
    await checkIdentity(digested);
    body = Buffer.alloc(200_000, 2);
    await expect(checkIdentity(digested)).rejects.toThrow(/digest/);
  });

  it('that are gone are named', async () => {
    await expect(identify(`${address}/gone`)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('404') as string,
    });
  });
});
