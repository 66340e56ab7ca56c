import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { get as secureGet } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startRangeServer } from '../fixtures/start-range-server.ts';
import { runJson, runOk } from '../support/program.ts';
import { startServer, until, type TestServer } from '../support/server.ts';
import { temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const OPENSSL = spawnSync('openssl', ['version']).status === 0 ? 'openssl' : null;
if (OPENSSL === null)
  process.stderr.write('SKIPPED: HTTPS is not tried, there is no openssl to make a certificate.\n');

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request with any headers, which `fetch` would not let through. */
const ask = (url: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
      );
    });
    asked.once('error', reject);
    asked.end(body);
  });
const codeOf = ({ body }: Answer): unknown => (JSON.parse(body) as { code: unknown }).code;

describe('who may ask the server for what', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  beforeAll(async () => {
    folder = await temporaryFolder('server-access');
    workspace = await workspaceWithScene(folder.path, { width: 600, height: 500 });
  });
  afterAll(() => folder.remove());

  describe('on this machine alone', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startServer(workspace);
    });
    afterAll(() => server.stop());

    it('asks for no key, but for a name of this machine', async () => {
      expect((await ask(`${server.url}/api`)).status).toBe(200);
      const elsewhere = await ask(`${server.url}/api`, { host: 'rebound.example:80' });
      expect([elsewhere.status, codeOf(elsewhere)]).toEqual([403, 'WRONG_HOST']);
    });

    it('lets other sites neither change nor read anything', async () => {
      const headers = { 'content-type': 'application/json', origin: 'https://elsewhere.example' };
      const posted = await ask(`${server.url}/api/runs`, headers, 'POST', '{}');
      expect([posted.status, codeOf(posted)]).toEqual([403, 'WRONG_ORIGIN']);
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      expect((await ask(`${server.url}/api/runs`, form, 'POST', 'application=app')).status).toBe(415);
      const read = await ask(`${server.url}/api/scenes`, { origin: 'https://elsewhere.example' });
      expect(read.headers['access-control-allow-origin']).toBeUndefined();
      expect((await ask(`${server.url}/api/runs`, { origin: 'https://x.example' }, 'OPTIONS')).status).toBe(
        403,
      );
    });

    it('tells browsers to load nothing from elsewhere', async () => {
      for (const path of ['/', '/api', '/nowhere', '/tiles/scene/scene/0/0/0.png']) {
        const { headers } = await ask(`${server.url}${path}`);
        const policy = String(headers['content-security-policy']);
        expect(policy, path).toContain("default-src 'self'");
        expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|https?:/);
        expect(headers['x-content-type-options']).toBe('nosniff');
      }
    });

    it('says so where its port is taken', async () => {
      const { port } = new URL(server.url);
      const { code, json } = await runJson(['serve', '--port', port, '--workspace', workspace]);
      expect([code, json]).toMatchObject([
        5,
        { error: { code: 'PORT_TAKEN', context: { port: Number(port) } } },
      ]);
    });

    it('refuses what is too large', async () => {
      const json = { 'content-type': 'application/json' };
      const big = JSON.stringify({ application: 'a'.repeat(2 ** 20) });
      expect((await ask(`${server.url}/api/predict`, json, 'POST', big)).status).toBe(413);
      expect((await ask(`${server.url}/api/scenes/${'a'.repeat(4000)}`)).status).toBeGreaterThanOrEqual(400);
      expect((await ask(`${server.url}/api/scenes/${'a'.repeat(4000)}`)).status).toBeLessThan(500);
    });
  });

  it('adds scenes from hosts that are allowed, and from no others', async () => {
    const files = await startRangeServer(folder.path);
    const closed = await startServer(workspace);
    const server = await startServer(workspace, ['--allow-source', '127.0.0.1', '--allow-private-sources']);
    try {
      const body = { url: `${files.address}/scene.tif`, place: 'elsewhere' };
      expect(await closed.json('/api/scenes', body)).toMatchObject({
        status: 403,
        body: { code: 'SOURCE_NOT_ALLOWED' },
      });
      const added = await server.json('/api/scenes', body);
      expect(added).toMatchObject({ status: 200, body: { scenes: [{ place: 'elsewhere', width: 600 }] } });
      const { id } = (added.body as { scenes: [{ id: string }] }).scenes[0];
      expect((await server.json(`/api/scenes/${id}`)).status).toBe(200);
      expect((await server.json(`/api/scenes/${id}`, {}, 'DELETE')).status).toBe(200);
      expect((await server.json(`/api/scenes/${id}`)).status).toBe(404);
    } finally {
      files.stop();
      await Promise.all([server.stop(), closed.stop()]);
    }
  });

  it.skipIf(OPENSSL === null)('speaks HTTPS with a certificate that is given', async () => {
    const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => join(folder.path, name));
    const about = ['-subj', '/CN=localhost', '-days', '2', '-keyout', key ?? '', '-out', certificate ?? ''];
    const made = spawnSync(OPENSSL ?? '', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...about]);
    expect(made.status, String(made.stderr)).toBe(0);
    const { code, json } = await runJson([
      'serve',
      '--tls-cert',
      certificate ?? '',
      '--workspace',
      workspace,
    ]);
    expect([code, json]).toMatchObject([2, { error: { code: 'BAD_OPTION' } }]);
    const here = ['--workspace', workspace];
    const swapped = await runJson([
      'serve',
      '--tls-cert',
      key ?? '',
      '--tls-key',
      certificate ?? '',
      ...here,
    ]);
    expect([swapped.code, swapped.json]).toMatchObject([2, { error: { code: 'BAD_TLS' } }]);
    const server = await startServer(workspace, ['--tls-cert', certificate ?? '', '--tls-key', key ?? '']);
    try {
      expect(server.url).toMatch(/^https:/);
      const body = await new Promise<string>((resolve, reject) => {
        const asked = secureGet(`${server.url}/api`, { rejectUnauthorized: false }, (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
          answer.on('end', () => resolve(text));
        });
        asked.once('error', reject);
      });
      expect(JSON.parse(body)).toMatchObject({ name: 'resflow' });
    } finally {
      await server.stop();
    }
  });

  describe('beyond this machine', () => {
    const keys: Record<string, { key: string; id: string }> = {};
    let server: TestServer;
    const as = (scope: string) => ({ authorization: `Bearer ${keys[scope]?.key}` });

    it('does not start without a key', async () => {
      const { code, json } = await runJson([
        'serve',
        '--host',
        '0.0.0.0',
        '--port',
        '0',
        '--workspace',
        workspace,
      ]);
      expect(code).toBe(2);
      expect(json).toMatchObject({ error: { code: 'KEY_REQUIRED' } });
    });

    it('asks for a key that allows what is asked', async () => {
      for (const scope of ['read', 'run', 'admin']) {
        const made = await runOk(['key', 'create', '--scope', scope, '--workspace', workspace]);
        keys[scope] = { key: String(made['key']), id: String(made['id']) };
      }
      const stored = await runOk(['key', 'list', '--workspace', workspace]);
      expect(stored).toMatchObject({ keys: [{ scope: 'read' }, { scope: 'run' }, { scope: 'admin' }] });
      expect(JSON.stringify(stored)).not.toContain(keys['read']?.key);
      server = await startServer(workspace, ['--host', '0.0.0.0']);
      const url = server.url.replace('0.0.0.0', '127.0.0.1');
      const none = await ask(`${url}/api/scenes`);
      expect([none.status, codeOf(none), none.headers['www-authenticate']]).toEqual([
        401,
        'KEY_NEEDED',
        'Bearer realm="resflow"',
      ]);
      expect((await ask(`${url}/api/scenes`, { authorization: 'Bearer wrong' })).status).toBe(401);
      expect((await ask(`${url}/api/scenes`, as('read'))).status).toBe(200);
      // A GIS that cannot send headers may show its key in the address, for reading alone.
      expect((await ask(`${url}/api/scenes?key=${keys['read']?.key}`)).status).toBe(200);
      const json = { 'content-type': 'application/json' };
      const body = JSON.stringify({ application: 'app', scenes: ['nowhere'] });
      const post = (headers: Record<string, string>, query = '') =>
        ask(`${url}/api/runs${query}`, { ...json, ...headers }, 'POST', body);
      expect(codeOf(await post(as('read')))).toBe('KEY_TOO_SMALL');
      expect(codeOf(await post(as('run')))).toBe('NO_SCENE');
      expect(codeOf(await post(as('admin')))).toBe('NO_SCENE');
      expect((await post({}, `?key=${keys['run']?.key}`)).status).toBe(401);
    });

    it('knows a revoked key no more', async () => {
      await runOk(['key', 'revoke', keys['read']?.id ?? '', '--workspace', workspace]);
      const url = server.url.replace('0.0.0.0', '127.0.0.1');
      await until(
        () => ask(`${url}/api/scenes`, as('read')),
        ({ status }) => status === 401,
        5,
      );
      expect((await ask(`${url}/api/scenes`, as('run'))).status).toBe(200);
      const { json, code } = await runJson(['key', 'revoke', 'ffffffff', '--workspace', workspace]);
      expect([code, json]).toMatchObject([7, { error: { code: 'NO_KEY' } }]);
    });

    it('slows down who asks too often', async () => {
      await server.stop();
      server = await startServer(workspace, ['--host', '0.0.0.0', '--requests-per-second', '2']);
      const url = server.url.replace('0.0.0.0', '127.0.0.1');
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask(`${url}/api`, as('run'))));
      const counts = answers.map(({ status }) => status);
      expect(counts.filter((status) => status === 200)).toHaveLength(20);
      expect(counts.filter((status) => status === 429)).toHaveLength(10);
      expect(codeOf(answers.find(({ status }) => status === 429) as Answer)).toBe('TOO_MANY_REQUESTS');
      await server.stop();
    });
  });
});
