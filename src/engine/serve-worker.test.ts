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

  it('begins another task as soon as one has room for it, and no third before the first is done', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const events: string[] = [];
    const tasks = new Map<string, { room: () => void; end: () => void }>();
    const handlers: WorkerHandlers = {
      runTask({ id }, { room }) {
        events.push(`begins ${id}`);
        return new Promise((_, reject) => tasks.set(id, { room, end: () => reject(new Error('no hands')) }));
      },
      probe: () => Promise.reject(new Error('this test has no models')),
    };
    let idle = false;
    const served = serveWorker(handlers, input, output, { onEnd: () => (idle = true), idleMs: 1 });
    for (const id of ['a', 'b', 'c'])
      input.write(`${JSON.stringify({ type: 'task', task: { ...TASK, id } })}\n`);
    input.write('{"type":"exit"}\n');
    const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
    await settle();
    expect(events).toEqual(['begins a']);
    idle = false;
    tasks.get('a')?.room();
    await settle();
    expect(events).toEqual(['begins a', 'begins b']);
    tasks.get('b')?.room();
    await settle();
    expect(events).toEqual(['begins a', 'begins b']);
    tasks.get('a')?.end();
    await settle();
    expect(events).toEqual(['begins a', 'begins b', 'begins c']);
    expect(idle).toBe(false);
    tasks.get('c')?.end();
    tasks.get('b')?.end();
    await served;
    output.end();
    const replies = (await output.toArray()).join('').split('\n').filter(Boolean);
    const said = replies.map((line) => workerReplySchema.parse(JSON.parse(line)));
    expect(said.map((reply) => `${reply.type} ${'id' in reply ? reply.id : ''}`)).toEqual([
      'ready ',
      'room a',
      'room b',
      'result a',
      'result c',
      'result b',
    ]);
  });
});
