import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPage, sendPage } from './page.ts';

describe('the page', () => {
  const app = Fastify();
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resflow-page-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>start</title>');
    await writeFile(join(folder, 'assets', 'main-1a2b.js'), 'export {};');
    await writeFile(join(folder, 'secret.pem'), 'not of the page');
    const page = await readPage(folder);
    app.setNotFoundHandler((request, reply) =>
      sendPage(page, request, reply) ? reply : reply.code(404).send({ code: 'NO_ROUTE' }),
    );
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });
  const get = (url: string, headers = {}) => app.inject({ url, headers });

  it('starts at / and at every view', async () => {
    for (const url of ['/', '/map', '/runs?run=latest', '/gallery/']) {
      const answer = await get(url);
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(answer.headers['cache-control']).toBe('no-cache');
    }
  });

  it('gives its files to keep, packed where that is understood, and none twice', async () => {
    const plain = await get('/assets/main-1a2b.js');
    expect(plain.body).toBe('export {};');
    expect(plain.headers['cache-control']).toContain('immutable');
    expect(
      (await get('/assets/main-1a2b.js', { 'accept-encoding': 'gzip' })).headers['content-encoding'],
    ).toBe('gzip');
    const again = await get('/assets/main-1a2b.js', { 'if-none-match': plain.headers.etag });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('leaves the interfaces, changes, and everything that is no file of it to others', async () => {
    const urls = [
      '/api/nothing',
      '/tiles',
      '/secret.pem',
      '/assets/gone.js',
      '/../secret.pem',
      '/%2e%2e/a.js',
    ];
    for (const url of urls) expect((await get(url)).statusCode).toBe(404);
    expect((await app.inject({ method: 'POST', url: '/map' })).statusCode).toBe(404);
  });

  it('is empty where it was not built', async () => {
    expect((await readPage(join(folder, 'nowhere'))).size).toBe(0);
  });
});
