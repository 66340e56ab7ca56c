import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { workerReplySchema, type MapTask, type WorkerReply } from './protocol.ts';
import { serveWorker, type WorkerHandlers } from './serve-worker.ts';

const TASK: MapTask = {
  version: 1,
  kind: 'map-region',
  id: 'task-1',
  scene: 'scene',
  bands: [1],
  window: { x: 0, y: 0, width: 512, height: 512 },
  model: { folder: 'models/app/mono', variant: 'float32', sha256: '00' },
  parameters: { corePixels: 512, haloPixels: 0, blendPixels: 0, blockPixels: 512, gsdMetres: null },
};

/** What a worker replies to lines, and which tasks reach its hands. */
async function serve(lines: readonly unknown[]): Promise<{ replies: WorkerReply[]; ran: string[] }> {
  const [input, output, ran] = [new PassThrough(), new PassThrough(), [] as string[]];
  const handlers: WorkerHandlers = {
    runTask(task) {
      ran.push(task.id);
      throw new Error('this test has no hands');
    },
    probe: () => Promise.reject(new Error('this test has no models')),
  };
  const served = serveWorker(handlers, input, output, { onEnd: () => undefined });
  for (const line of lines) input.write(`${JSON.stringify(line)}\n`);
  input.write('{"type":"exit"}\n');
  await served;
  output.end();
  const text = (await output.toArray()).join('');
  const replies = text.split('\n').filter(Boolean);
  return { replies: replies.map((reply) => workerReplySchema.parse(JSON.parse(reply))), ran };
}

describe('a worker', () => {
  it('takes a task that stays inside the workspace', async () => {
    const { ran, replies } = await serve([{ type: 'task', task: TASK }]);
    expect(ran).toEqual(['task-1']);
    expect(replies[1]).toMatchObject({
      type: 'result',
      id: 'task-1',
      status: 'failed',
      error: { code: 'INTERNAL' },
    });
  });

  it('refuses one that would leave it, by name, and goes on', async () => {
    const outside = [
      { ...TASK, scene: '../../etc/passwd' },
      { ...TASK, id: '../x' },
      { ...TASK, model: { ...TASK.model, folder: '/etc' } },
      { ...TASK, model: { ...TASK.model, folder: 'models/../../home' } },
      { ...TASK, model: { ...TASK.model, folder: 'models/.ssh' } },
      { ...TASK, routing: { digest: '../../x', bands: [1], openModels: 1 } },
      { ...TASK, kind: 'shell', command: 'true' },
    ];
    const { ran, replies } = await serve([
      ...outside.map((task) => ({ type: 'task', task })),
      { type: 'task', task: TASK },
    ]);
    expect(ran).toEqual(['task-1']);
    const refused = replies
      .filter((reply) => reply.type === 'result' && reply.status === 'failed')
      .slice(0, -1);
    expect(refused).toHaveLength(outside.length);
    for (const reply of refused)
      expect(reply).toMatchObject({ error: { code: 'TASK_REFUSED' }, retry: false });
    expect(refused[0]).toMatchObject({
      error: { message: expect.stringContaining("'task.scene'") as string },
    });
  });
});
