import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { startOfProcess, processPlace } from '../core/process-identity.ts';
import type { Device } from './device.ts';
import { deskChain, EMPTY_DESK, type DeskState } from './desk-state.ts';
import { TicketDesk, type Wish } from './ticket-desk.ts';

const TIMES = { leaseMs: 600, beatMs: 100, agedMs: 200, pollMs: 10 };
const root = temporaryFolder('tickets');
let count = 0;
let folder = '';
beforeEach(() => (folder = join(root, String((count += 1)))));

const device = (name: string, memoryMiB: number): Device => ({
  key: `simulated h ${name}`,
  kind: 'simulated',
  name,
  index: 0,
  memoryMiB,
  usedMiB: () => Promise.resolve(0),
});
const A = device('a', 1000);
const wish = (memoryMiB: number, more: Partial<Wish> = {}): Wish => ({
  memoryMiB,
  devices: [A],
  purpose: { model: 'm', workspace: null },
  patienceMs: 30_000,
  ...more,
});
const open = (agedMs = TIMES.agedMs) => new TicketDesk(folder, { times: { ...TIMES, agedMs } });
const state = (): DeskState => deskChain(folder).read().value;
const held = () => state().tickets.map(({ memoryMiB }) => memoryMiB);

/** As a frozen process: no timer runs. */
function sleepDeeply(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A desk whose tickets are those of a process elsewhere, as far as anybody can tell. */
function foreignTicket(change: { pid?: number; place?: string; silentMs: number }): void {
  const holder = {
    id: 'other',
    pid: change.pid ?? process.pid,
    host: 'elsewhere',
    parent: 1,
    place: change.place ?? 'elsewhere',
    started: startOfProcess(process.pid),
  };
  deskChain(folder).publish(1, {
    ...EMPTY_DESK,
    devices: [{ key: A.key, kind: A.kind, name: A.name, index: 0, memoryMiB: 1000, host: 'elsewhere' }],
    tickets: [
      {
        id: 'theirs',
        memoryMiB: 900,
        since: 0,
        holder,
        purpose: { model: 'm', workspace: null },
        renewed: 0,
        device: A.key,
      },
    ],
  });
  mkdirSync(join(folder, 'alive'), { recursive: true });
  const sign = join(folder, 'alive', 'other');
  writeFileSync(sign, '.');
  const then = (Date.now() - change.silentMs) / 1000;
  utimesSync(sign, then, then);
}

it('lends memory, and leaves nothing behind when all is given back', async () => {
  const desk = open();
  const one = await desk.take(wish(600));
  const two = await desk.take(wish(400));
  expect(held()).toEqual([600, 400]);
  await expect(desk.take(wish(1, { patienceMs: 0 }))).rejects.toMatchObject({
    code: 'TICKET_TIMEOUT',
    message: expect.stringContaining(`600 MiB by process ${process.pid} on ${hostname()} for m`) as string,
  });
  desk.release(one);
  desk.release(two);
  expect(state()).toMatchObject({ tickets: [], waiting: [] });
  expect(readdirSync(join(folder, 'alive'))).toEqual([]);
});

it('refuses at once what no device could hold', async () => {
  await expect(open().take(wish(1001))).rejects.toMatchObject({ code: 'TICKET_TOO_LARGE' });
  expect(readdirSync(root)).not.toContain(String(count));
});

it('serves who waits as soon as there is room, in order', async () => {
  const [desk, other] = [open(), open()];
  const first = await desk.take(wish(1000));
  const order: string[] = [];
  const later = ['b', 'c'].map(async (name) => {
    const ticket = await other.take(wish(800, { purpose: { model: name, workspace: null } }));
    order.push(name);
    return ticket;
  });
  await expect.poll(() => state().waiting.length).toBe(2);
  expect(desk.isWanted(first)).toBe(true);
  desk.release(first);
  const [b, c] = later;
  if (b === undefined || c === undefined) throw new Error('two were asked for');
  other.release(await b);
  other.release(await c);
  expect(order).toEqual(['b', 'c']);
});

it('grows a ticket in place where there is room, and else exchanges it before others', async () => {
  const [desk, other] = [open(0), open(0)];
  const small = await desk.take(wish(300));
  const neighbour = await other.take(wish(500));
  expect(desk.resize(small, 500)?.memoryMiB).toBe(500);
  expect(desk.resize(small, 501)).toBeNull();
  const queued = other.take(wish(400));
  await expect.poll(() => state().waiting.length).toBe(1);
  const exchanged = desk.exchange(small, wish(900));
  await expect.poll(() => state().waiting.map(({ memoryMiB }) => memoryMiB)).toEqual([900, 400]);
  expect(held()).toEqual([500]);
  other.release(neighbour);
  const large = await exchanged;
  expect(held()).toEqual([900]);
  desk.release(large);
  other.release(await queued);
});

it('frees at once what a dead process of this host held', async () => {
  foreignTicket({ place: processPlace(), pid: 2 ** 22 - 1, silentMs: 0 });
  const desk = open();
  const ticket = await desk.take(wish(900, { patienceMs: 0 }));
  expect(held()).toEqual([900]);
  expect(state().tickets[0]?.id).toBe(ticket.id);
  desk.release(ticket);
});

it('frees what a silent process of another host held, after its lease and not before', async () => {
  foreignTicket({ silentMs: 0 });
  const desk = open();
  await expect(desk.take(wish(900, { patienceMs: 0 }))).rejects.toMatchObject({ code: 'TICKET_TIMEOUT' });
  const start = performance.now();
  const ticket = await desk.take(wish(900));
  expect(performance.now() - start).toBeGreaterThan(TIMES.leaseMs / 2);
  desk.release(ticket);
});

it('tells a holder that was silent for its lease, and found others in its place, that its ticket is gone', async () => {
  const [frozen, other] = [open(), open()];
  const ticket = await frozen.take(wish(900));
  const small = await other.take(wish(50));
  // Nothing of this process runs meanwhile, and the first to look is the other desk.
  sleepDeeply(TIMES.leaseMs + 300);
  const taken = await other.take(wish(900, { patienceMs: 0 }));
  expect(() => frozen.check(ticket)).toThrow(/no sign of life/);
  other.check(taken);
  frozen.release(ticket);
  expect(held()).toEqual([50, 900]);
  for (const one of [small, taken]) other.release(one);
});

it('lets a holder that was silent go on where nobody took its place', async () => {
  const [frozen, other] = [open(), open()];
  const ticket = await frozen.take(wish(900));
  sleepDeeply(TIMES.leaseMs + 300);
  frozen.check(ticket);
  await expect(other.take(wish(900, { patienceMs: 0 }))).rejects.toMatchObject({ code: 'TICKET_TIMEOUT' });
  frozen.release(ticket);
});
