import { createServer, type Server } from 'node:http';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
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

/** A VRT of one band, as small as they come. */
function writeVrt(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `<VRTDataset rasterXSize="4" rasterYSize="4"><VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename relativeToVRT="1">${source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>`,
  );
  return path;
}

describe('sources of several files', () => {
  const small = (name: string, value: number) =>
    makeRaster(join(folder, name), { width: 4, height: 4, pixel: () => value });

  it('a VRT, and a VRT of a VRT: what they name is looked at', async () => {
    const tiff = small('leaf.tif', 1);
    const inner = writeVrt('inner.vrt', 'leaf.tif');
    const outer = writeVrt('outer.vrt', 'inner.vrt');
    const identity = await identify(outer);
    expect(identity.parts?.map((part) => part.href)).toEqual([inner, tiff].sort());
    await checkIdentity(identity);
    small('leaf.tif', 2);
    await expect(checkIdentity(identity)).rejects.toThrow(/outer\.vrt .*leaf\.tif: the digest/);
    rmSync(tiff);
    await expect(checkIdentity(identity)).rejects.toThrow(/leaf\.tif is gone/);
  });

  it('a VRT that names itself comes to an end', async () => {
    const path = writeVrt('self.vrt', 'self.vrt');
    expect((await identify(path)).parts).toEqual([]);
  });

  it('masks and overviews beside a file belong to it; statistics do not', async () => {
    const path = small('beside.tif', 1);
    writeFileSync(`${path}.msk`, 'mask');
    const identity = await identify(path);
    writeFileSync(`${path}.aux.xml`, '<PAMDataset/>');
    await checkIdentity(identity);
    writeFileSync(`${path}.msk`, 'other');
    writeFileSync(`${path}.ovr`, 'overviews');
    await expect(checkIdentity(identity)).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringMatching(
        /msk: size 4 -> 5 bytes.*now read from .*beside\.tif\.ovr too/,
      ) as string,
    });
  });

  it('a Shapefile is its table too', async () => {
    for (const ending of ['shp', 'dbf', 'prj']) writeFileSync(join(folder, `l.${ending}`), ending);
    const identity = await identify(join(folder, 'l.shp'));
    writeFileSync(join(folder, 'l.dbf'), 'DBF');
    await expect(checkIdentity(identity)).rejects.toThrow(/l\.dbf: the digest/);
  });

  it('records of before parts were kept say nothing about them', async () => {
    const { parts, ...old } = await identify(small('old.tif', 1));
    expect(parts).toEqual([]);
    writeFileSync(join(folder, 'old.tif.msk'), 'mask');
    await checkIdentity(old);
  });
});

describe('http sources', () => {
  let server: Server;
  let address = '';
  let etag: string | null = '"a"';
  let body = Buffer.alloc(200_000, 1);
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.method === 'HEAD' && request.url === '/signed') {
        response.writeHead(403).end();
        return;
      }
      if (etag !== null) response.setHeader('etag', etag);
      const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
      const part = range === null ? body : body.subarray(Number(range[1]), Number(range[2]) + 1);
      response.writeHead(request.url === '/gone' ? 404 : range === null ? 200 : 206, {
        'content-length': part.length,
        ...(range === null ? {} : { 'content-range': `bytes ${range[1]}-${range[2]}/${body.length}` }),
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

  it('are asked by GET where the server refuses HEAD, as for signed addresses', async () => {
    expect(await identify(`${address}/signed`)).toMatchObject({ size: 200_000, etag });
  });

  it('that are gone are named', async () => {
    await expect(identify(`${address}/gone`)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('404') as string,
    });
  });
});
