// A worker that is done at once and writes nothing: what is left is the engine's own cost.
import { createInterface } from 'node:readline';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
process.stdin.once('end', () => process.exit(0));
say({ type: 'ready', pid: process.pid });
for await (const line of createInterface({ input: process.stdin })) {
  const { id } = JSON.parse(line).task;
  const report = {
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
  };
  say({ type: 'result', id, status: 'done', reused: false, report });
}
