import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { whyNobodyAnswers } from './spark-master.ts';

const servers: Server[] = [];
const never = new AbortController().signal;
const SOON_MS = 50;

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

function listen(port = 0): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

it('names every address of a master at which nobody is', async () => {
  const why = await whyNobodyAnswers('spark://127.0.0.1:1,127.0.0.1:2', {}, never, SOON_MS);
  expect(why).toBe('127.0.0.1:1 refuses the connection, 127.0.0.1:2 refuses the connection');
  expect(await whyNobodyAnswers('sc://127.0.0.1:1/;token=secret', {}, never, SOON_MS)).toBe(
    '127.0.0.1:1 refuses the connection',
  );
});

it('is content with one of several masters, and with one that comes up late', async () => {
  const port = await listen();
  expect(await whyNobodyAnswers(`spark://127.0.0.1:1,127.0.0.1:${port}`, {}, never, SOON_MS)).toBeNull();
  const free = await listen();
  await new Promise((done) => servers.pop()?.close(done));
  const late = whyNobodyAnswers(`spark://127.0.0.1:${free}`, {}, never);
  await listen(free);
  expect(await late).toBeNull();
});

it.each(['local[2]', 'local-cluster[2,1,1024]', 'yarn', 'k8s://https://127.0.0.1:1', 'spark://127.0.0.1'])(
  'leaves %s to Spark',
  async (master) => {
    expect(await whyNobodyAnswers(master, {}, never, SOON_MS)).toBeNull();
  },
);

it('leaves Spark Connect through a proxy to Spark, and no other master', async () => {
  const env = { https_proxy: 'http://proxy:3128' };
  expect(await whyNobodyAnswers('sc://127.0.0.1:1', env, never, SOON_MS)).toBeNull();
  expect(await whyNobodyAnswers('spark://127.0.0.1:1', env, never, SOON_MS)).toContain('refuses');
});

it('gives up with an abort', async () => {
  expect(await whyNobodyAnswers('spark://127.0.0.1:1', {}, AbortSignal.abort())).toBeNull();
});
