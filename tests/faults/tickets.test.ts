import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTemporary } from '../support/workspace.ts';
import { filesBelow, temporaryFolder } from '../support/workspace.ts';
import { randomInt, seededRandom } from '../../src/core/random.ts';
import { deskStateSchema, type DeskState } from '../../src/gpu/desk-state.ts';
import { readDesk } from '../../src/gpu/read-desk.ts';
import { TicketDesk } from '../../src/gpu/ticket-desk.ts';

const SEED = 20261126;
const HOLDERS = 8;
const KILLS = Number(process.env['RESFLOW_TEST_KILLS'] ?? '12');
const TIMES = { leaseMs: 3000, beatMs: 300, agedMs: 500, pollMs: 20 };
const DEVICES = [1000, 700].map((memoryMiB, index) => ({
  key: `device ${index}`,
  kind: 'simulated' as const,
  name: `d${index}`,
  index,
  memoryMiB,
}));
const SIZES = [100, 200, 300, 600, 1000];
const PROGRAM = fileURLToPath(new URL('ticket-holder.mjs', import.meta.url));

interface HolderEvent {
  readonly event: string;
  readonly id?: string;
}

/** A process that takes tickets, and what it said. */
class HolderProcess {
  readonly child: ChildProcess;
  readonly events: HolderEvent[] = [];
  readonly ended: Promise<unknown>;

  constructor(folder: string, seed: number, holdMs = 150) {
    const settings = { seed, times: TIMES, sizes: SIZES, holdMs, devices: DEVICES };
    this.child = spawn(process.execPath, [PROGRAM, folder, JSON.stringify(settings)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error('no pipe');
    createInterface({ input: stdout }).on('line', (line) =>
      this.events.push(JSON.parse(line) as HolderEvent),
    );
    // A holder that is gone when it should not be says why among its events.
    createInterface({ input: stderr }).on('line', (line) => this.events.push({ event: line }));
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** The ticket it has just now. */
  get holds(): string | null {
    const last = this.events.at(-1);
    return last?.event === 'taken' ? (last.id ?? null) : null;
  }

  finish(): Promise<unknown> {
    this.child.stdin?.end();
    return this.ended;
  }
}

/** Every state the desk was ever in, the oldest first. */
const history = (folder: string): DeskState[] =>
  readdirSync(join(folder, 'desk'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => deskStateSchema.parse(JSON.parse(readFileSync(join(folder, 'desk', name), 'utf8'))));

const freeOn = (state: DeskState, { key, memoryMiB }: (typeof DEVICES)[number]): number =>
  memoryMiB - state.tickets.reduce((sum, one) => sum + (one.device === key ? one.memoryMiB : 0), 0);

/** Sentences about everything in which the desk broke its word. */
function breaches(states: readonly DeskState[]): string[] {
  return states.flatMap((state, at) => {
    const found: string[] = [];
    for (const device of DEVICES) {
      const free = freeOn(state, device);
      if (free < 0) found.push(`version ${at}: ${-free} MiB more than ${device.name} has`);
    }
    const ids = [...state.tickets, ...state.waiting].map(({ id }) => id);
    if (new Set(ids).size !== ids.length) found.push(`version ${at}: a ticket twice`);
    const before = states[at - 1];
    const first = before?.waiting[0];
    const granted = state.tickets.filter(
      ({ id }) => before !== undefined && !before.tickets.some((one) => one.id === id),
    );
    // Who comes first and could have gone may be a moment late, but must find room when it looks.
    if (before === undefined || first === undefined || granted.some(({ id }) => id === first.id))
      return found;
    const fits = (one: DeskState) => DEVICES.some((device) => freeOn(one, device) >= first.memoryMiB);
    if (granted.length > 0 && state.waiting[0]?.id === first.id && fits(before) && !fits(state))
      found.push(`version ${at}: the first in the queue was robbed of its room`);
    return found;
  });
}

describe('tickets under faults', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => (folder = await temporaryFolder('ticket-faults')));
  const holders: HolderProcess[] = [];
  afterAll(async () => {
    for (const { child } of holders) child.kill('SIGKILL');
    await Promise.all(holders.map(({ ended }) => ended));
    await folder.remove();
  });

  it(`survive ${KILLS} kills and frozen holders: no memory twice, none lost, the queue in order`, async () => {
    const desk = join(folder.path, 'desk');
    const random = seededRandom(SEED);
    const start = (seed: number) => new HolderProcess(desk, seed);
    holders.push(...Array.from({ length: HOLDERS }, (_, i) => start(i)));
    await expect.poll(() => holders.every(({ events }) => events.length > 1), { timeout: 60_000 }).toBe(true);
    let frozen = 0;
    for (let strike = 0; strike < KILLS; strike += 1) {
      await sleep(randomInt(random, 300));
      const victim = holders[randomInt(random, HOLDERS)];
      if (victim === undefined) throw new Error('no such holder');
      if (strike % 4 === 3) frozen += await freezePastLease(desk, holders);
      victim.child.kill('SIGKILL');
      await victim.ended;
      holders[holders.indexOf(victim)] = start(100 + strike);
    }
    await Promise.all(holders.map((holder) => holder.finish()));
    expect(frozen).toBe(Math.floor(KILLS / 4));
    const states = history(desk);
    expect(states.length).toBeGreaterThan(100);
    expect(breaches(states)).toEqual([]);
    // Nothing is lost: all memory of the larger device can be had at once.
    const after = new TicketDesk(desk, { times: TIMES, versionsKept: Number.POSITIVE_INFINITY });
    const devices = DEVICES.map((device) => ({ ...device, usedMiB: () => Promise.resolve(0) }));
    const purpose = { model: 'after', workspace: null };
    const lendAll = async () => {
      const all = DEVICES.map(({ memoryMiB }) => after.take({ memoryMiB, devices, purpose, patienceMs: 0 }));
      for (const ticket of await Promise.all(all)) after.release(ticket);
    };
    await lendAll();
    expect(readDesk(desk)).toMatchObject({ tickets: [], waiting: [] });
    // What a killed process was writing is swept up by who comes after its lease.
    const litter = async () => {
      await lendAll();
      return (await filesBelow(desk)).filter((file) => isTemporary(file) || file.includes('alive'));
    };
    await expect.poll(litter, { timeout: 30_000, interval: 500 }).toEqual([]);
  }, 240_000);
});

/**
 * Freezes a holder until its ticket is gone, wakes it, and waits until it knows. One that was frozen after its last look
 * at the ticket, and before it said so, is done with it all the same: then another is frozen. 1 where all that happened.
 */
async function freezePastLease(desk: string, holders: readonly HolderProcess[]): Promise<number> {
  const told: string[] = [];
  while (!told.includes('TICKET_LOST') && told.length < 4) {
    const holder = holders.find(({ holds }) => holds !== null);
    const id = holder?.holds;
    if (holder === undefined || id === undefined || id === null) {
      await sleep(5);
      continue;
    }
    const holds = () => readDesk(desk).tickets.some((ticket) => ticket.id === id);
    holder.child.kill('SIGSTOP');
    await sleep(50);
    if (holder.holds === id && holds()) {
      await expect.poll(holds, { timeout: 60_000 }).toBe(false);
      const end = () => holder.events.find((one) => one.id === id && one.event !== 'taken');
      holder.child.kill('SIGCONT');
      await expect.poll(end, { timeout: 60_000 }).toBeDefined();
      told.push(end()?.event ?? '');
    } else {
      // It gave the ticket back in the last moment.
      holder.child.kill('SIGCONT');
    }
  }
  return told.includes('TICKET_LOST') ? 1 : 0;
}
