import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { startOfProcess, processPlace } from '../core/process-identity.ts';
import type { Device } from './device.ts';
import { deskChain, EMPTY_DESK, type DeskState } from './desk-state.ts';
import { TicketDesk, type Wish } from './ticket-desk.ts';

/** Long enough for the slowest machine; frozen holders have a shorter lease. */
const TIMES = { leaseMs: 60_000, beatMs: 1000, agedMs: 200, pollMs: 10 };
const SHORT_LEASE_MS = 3000;
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
const open = (times: Partial<typeof TIMES> = {}) => new TicketDesk(folder, { times: { ...TIMES, ...times } });
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
  expect(desk.isWanted(first, { quantumMs: 0, settleMs: 0 })).toBe(true);
  expect(desk.isWanted(first, { quantumMs: 60_000, settleMs: 0 })).toBe(false);
  desk.release(first);
  const [b, c] = later;
  if (b === undefined || c === undefined) throw new Error('two were asked for');
  other.release(await b);
  other.release(await c);
  expect(order).toEqual(['b', 'c']);
});

it('asks for less where its model was measured while it waited', async () => {
  const [desk, other] = [open(), open()];
  const first = await desk.take(wish(600));
  let need = 900;
  const queued = other.take(wish(900, { lookAgain: () => Promise.resolve(need) }));
  await expect.poll(() => state().waiting.length).toBe(1);
  need = 400;
  const second = await queued;
  expect(held()).toEqual([600, 400]);
  desk.release(first);
  other.release(second);
});

it('grows a ticket in place where there is room, and else exchanges it before others', async () => {
  const [desk, other] = [open({ agedMs: 0 }), open({ agedMs: 0 })];
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

it('keeps what a process of another host holds while its lease runs', async () => {
  foreignTicket({ silentMs: TIMES.leaseMs / 2 });
  const taking = open().take(wish(900, { patienceMs: 0 }));
  await expect(taking).rejects.toMatchObject({ code: 'TICKET_TIMEOUT' });
});

it('frees what a process of another host held that was silent for its lease', async () => {
  foreignTicket({ silentMs: TIMES.leaseMs + 1 });
  const desk = open();
  const ticket = await desk.take(wish(900, { patienceMs: 0 }));
  expect(held()).toEqual([900]);
  desk.release(ticket);
});

it('tells a holder that was silent for its lease, and found others in its place, that its ticket is gone', async () => {
  const [frozen, other] = [open({ leaseMs: SHORT_LEASE_MS }), open({ leaseMs: SHORT_LEASE_MS })];
  const ticket = await frozen.take(wish(900));
  const small = await other.take(wish(50));
  // Nothing of this process runs meanwhile, and the first to look is the other desk.
  sleepDeeply(SHORT_LEASE_MS + 300);
  const taken = await other.take(wish(900, { patienceMs: 0 }));
  expect(() => frozen.check(ticket)).toThrow(/no sign of life/);
  other.check(taken);
  frozen.release(ticket);
  expect(held()).toEqual([50, 900]);
  for (const one of [small, taken]) other.release(one);
});

it('lets a holder that was silent go on where nobody took its place', async () => {
  const [frozen, other] = [open({ leaseMs: SHORT_LEASE_MS }), open({ leaseMs: SHORT_LEASE_MS })];
  const ticket = await frozen.take(wish(900));
  sleepDeeply(SHORT_LEASE_MS + 300);
  frozen.check(ticket);
  await expect(other.take(wish(900, { patienceMs: 0 }))).rejects.toMatchObject({ code: 'TICKET_TIMEOUT' });
  frozen.release(ticket);
});
