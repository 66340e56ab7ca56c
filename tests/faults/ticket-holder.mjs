// A process that takes tickets of random sizes, holds each for a while and gives it back, until its input ends.
// `node ticket-holder.mjs FOLDER SETTINGS`; prints a JSON line for everything that happens to it.
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../dist/core/random.js';
import { TicketDesk } from '../../dist/gpu/ticket-desk.js';

const [folder, settings] = process.argv.slice(2);
const { seed, times, sizes, holdMs, devices } = JSON.parse(settings);
const random = seededRandom(seed);
const desk = new TicketDesk(folder, { times, versionsKept: Number.POSITIVE_INFINITY });
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const wish = {
  devices: devices.map((device) => ({ ...device, usedMiB: () => Promise.resolve(0) })),
  purpose: { model: 'fault', workspace: null },
  patienceMs: 120_000,
};

let ended = false;
process.stdin.resume().on('end', () => (ended = true));
say({ event: 'ready' });
while (!ended) {
  const memoryMiB = sizes[Math.floor(random() * sizes.length)];
  const ticket = await desk.take({ ...wish, memoryMiB });
  say({ event: 'taken', id: ticket.id });
  try {
    const end = performance.now() + random() * holdMs;
    while (performance.now() < end) {
      desk.check(ticket);
      await sleep(10);
    }
    desk.check(ticket);
    say({ event: 'done', id: ticket.id });
  } catch (error) {
    say({ event: error.code, id: ticket.id });
  }
  desk.release(ticket);
}
say({ event: 'end' });
