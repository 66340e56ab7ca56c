// A worker that speaks the protocol and misbehaves by the window's column: 512 aborts, 1024 hangs, 1536 takes memory,
// 2048 prints nonsense, 2560 fails with a disk error, 3072 crashes on its first try only, 6144 has room for another task and
// at its first try is done only after that came. Everything else is done.
import { createInterface } from 'node:readline';
import { existsSync, writeFileSync } from 'node:fs';

const folder = process.argv[2];
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const report = (id) => ({
  task: id,
  partBytes: 0,
  partSha256: '',
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
const hoard = [];
let beside = null;
process.stdin.once('end', () => process.exit(0));
say({ type: 'ready', pid: process.pid });
for await (const line of createInterface({ input: process.stdin })) {
  const { task } = JSON.parse(line);
  const { x } = task.window;
  if (x === 512) process.abort();
  if (x === 1024) await new Promise(() => setInterval(() => undefined, 1000));
  while (x === 1536) {
    hoard.push(Buffer.alloc(32 * 1024 * 1024, hoard.length + 1));
    say({ type: 'progress', id: task.id, chips: 0, chipsTotal: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (x === 2048) process.stdout.write('Segmentation fault? no, a library that prints\n');
  if (x === 2560) {
    say({
      type: 'result',
      id: task.id,
      status: 'failed',
      retry: false,
      error: {
        code: 'DISK_FULL',
        message: 'No space is left on the disk',
        hint: 'Free some space.',
        context: {},
      },
    });
    continue;
  }
  if (x === 3072 && !existsSync(`${folder}/crashed-once`)) {
    writeFileSync(`${folder}/crashed-once`, '');
    process.abort();
  }
  if (x === 6144 && !existsSync(`${folder}/had-room`)) {
    writeFileSync(`${folder}/had-room`, '');
    say({ type: 'room', id: task.id });
    beside = task.id;
    continue;
  }
  for (const id of [beside, task.id].filter((id) => id !== null))
    say({ type: 'result', id, status: 'done', reused: false, report: report(id) });
  beside = null;
}
