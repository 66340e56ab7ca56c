import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepTemporary } from '../core/atomic-file.ts';
import { ResflowError } from '../core/errors.ts';
import type { Device } from './device.ts';
import { deskChain, type DeskState, type Holder, type Purpose, type TicketRecord } from './desk-state.ts';
import {
  enqueued,
  grant,
  nextGrants,
  renewed,
  resized,
  shouldGiveWay,
  without,
  withoutHolders,
  type Shift,
} from './plan-tickets.ts';
import { SignsOfLife, thisHolder } from './signs-of-life.ts';
import { ticketLost, ticketTimeout, ticketTooLarge } from './ticket-errors.ts';
import type { VersionChain } from './version-chain.ts';

export interface DeskTimes {
  /** Without a sign of life for so long, a holder's tickets go to others. */
  readonly leaseMs: number;
  readonly beatMs: number;
  /** A request that waited so long is not overtaken any more. */
  readonly agedMs: number;
  /** How often a waiting process looks. */
  readonly pollMs: number;
}

export const DESK_TIMES: DeskTimes = { leaseMs: 60_000, beatMs: 5_000, agedMs: 5_000, pollMs: 100 };

/**
 * A holder that was silent for this part of its lease makes sure of its tickets before it goes on. The rest is the bound
 * on what clocks may be wrong by: 20 s, where a file system stamps files by the clients' clocks instead of its own.
 */
const SURE_SHARE = 2 / 3;
const WAIT_SAID_MS = 5_000;
const LOOK_AGAIN_MS = 500;

export interface Wish {
  readonly memoryMiB: number;
  /** Any of these. */
  readonly devices: readonly Device[];
  readonly purpose: Purpose;
  /** After waiting so long, TICKET_TIMEOUT; 0: only what is free now. */
  readonly patienceMs: number;
  /** What it needs by now: asked from time to time while it waits. */
  readonly lookAgain?: (() => Promise<number>) | undefined;
  /** Called from time to time while it waits. */
  onWait?(state: DeskState): void;
}

/** The right to use some memory of a device, until it is given back or lost. */
export interface Ticket {
  readonly id: string;
  readonly device: Device;
  readonly memoryMiB: number;
}

/**
 * The desk that lends memory of devices: a folder, shared by all processes that use the devices, also of other hosts. Its
 * state is a chain of versions (see VersionChain), so that two processes can never give away the same memory. A dead
 * process of this host loses what it held at once, a silent one after the lease (see SignsOfLife).
 */
export class TicketDesk {
  readonly #folder: string;
  readonly #times: DeskTimes;
  readonly #chain: VersionChain<DeskState>;
  readonly #signs: SignsOfLife;
  readonly #holder: Holder = thisHolder();
  readonly #held = new Map<string, Ticket>();
  readonly #lost = new Set<string>();
  /** Counts the times that this process was silent for too long; its tickets say which time they know of. */
  #silences = 0;
  /** The last silence after which the tickets were seen to be there or lost. */
  #confirmed = 0;
  #requests = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #onExit = () => this.close();

  constructor(folder: string, options: { times?: DeskTimes; versionsKept?: number } = {}) {
    this.#folder = folder;
    this.#times = options.times ?? DESK_TIMES;
    this.#chain = deskChain(folder, options.versionsKept);
    this.#signs = new SignsOfLife(folder);
  }

  /**
   * Takes a ticket, and waits for it where there is none. A process must not wait here while it holds another one: two
   * that did could wait for each other. Throws TICKET_TOO_LARGE where no device has so much memory, and TICKET_TIMEOUT,
   * with who holds what, when patience ends.
   */
  take(wish: Wish): Promise<Ticket> {
    return this.#queue(wish, null);
  }

  /** A ticket, or null where none is free now. */
  async takeIfFree(wish: Wish): Promise<Ticket | null> {
    return this.take({ ...wish, patienceMs: 0 }).catch((error: unknown) => {
      if (error instanceof ResflowError && error.code === 'TICKET_TIMEOUT') return null;
      throw error;
    });
  }

  /** Gives a ticket back and waits for one of another size, before all others; perhaps on another device. Throws as `take`. */
  exchange(ticket: Ticket, wish: Wish): Promise<Ticket> {
    return this.#queue(wish, ticket);
  }

  /** Gives a ticket another size where its device has room for that; else null: see `exchange`. */
  resize(ticket: Ticket, memoryMiB: number): Ticket | null {
    const state = this.#change((now) => resized(now, ticket.id, memoryMiB) ?? now);
    if (!state.tickets.some((one) => one.id === ticket.id && one.memoryMiB === memoryMiB)) return null;
    const other = { ...ticket, memoryMiB };
    this.#held.set(ticket.id, other);
    return other;
  }

  /** Gives a ticket back; one that is lost is forgotten. */
  release(ticket: Ticket): void {
    this.#held.delete(ticket.id);
    this.#lost.delete(ticket.id);
    this.#change((state) => without(state, ticket.id));
    this.#restIfIdle();
  }

  /**
   * Makes sure that a ticket is still ours; to be called before its device is used. Costs nothing while signs of life go
   * out in time. Throws TICKET_LOST where the process was frozen, or could not reach the folder, past its lease.
   */
  check(ticket: Ticket): void {
    if (this.#signs.silentMs > this.#times.beatMs || this.#confirmed !== this.#silences) this.#beat();
    if (this.#held.has(ticket.id) && !this.#lost.has(ticket.id)) return;
    throw ticketLost(ticket.memoryMiB, ticket.device, this.#times.leaseMs);
  }

  /** Whether others wait for this ticket's device, and it is this holder's turn to give way; see `shouldGiveWay`. */
  isWanted(ticket: Ticket, shift: Omit<Shift, 'now'> | null): boolean {
    const { value } = this.#chain.read();
    if (value.waiting.length === 0) return false;
    return shouldGiveWay(value, ticket.id, shift === null ? null : { ...shift, now: this.#signOfLife() });
  }

  /** Gives everything back. Done when the process ends by itself, too. */
  close(): void {
    if (this.#timer === null) return;
    this.#held.clear();
    this.#requests = 0;
    this.#change((state) => withoutHolders(state, new Set([this.#holder.id])));
    this.#restIfIdle();
  }

  async #queue(wish: Wish, replaced: Ticket | null): Promise<Ticket> {
    if (wish.devices.every(({ memoryMiB }) => memoryMiB < wish.memoryMiB)) throw ticketTooLarge(wish);
    const id = `${this.#holder.id}-${randomBytes(4).toString('hex')}`;
    this.#requests += 1;
    if (replaced !== null) this.#held.delete(replaced.id);
    try {
      this.#wake();
      const record = await this.#wait(id, wish, replaced);
      const device = wish.devices.find(({ key }) => key === record.device);
      if (device === undefined) throw new Error(`a ticket for '${record.device}', which was not asked for`);
      const ticket = { id, device, memoryMiB: record.memoryMiB };
      this.#held.set(id, ticket);
      return ticket;
    } catch (error) {
      this.#change((state) => without(state, id));
      throw error;
    } finally {
      this.#requests -= 1;
      this.#restIfIdle();
    }
  }

  async #wait(id: string, wish: Wish, replaced: Ticket | null): Promise<TicketRecord> {
    const start = performance.now();
    let saidMs = Number.NEGATIVE_INFINITY;
    let lookedMs = 0;
    let asked = wish;
    for (;;) {
      const usedMiB = new Map<string, number>();
      for (const device of wish.devices) usedMiB.set(device.key, await device.usedMiB());
      const state = this.#advance(id, asked, { usedMiB, replaced });
      const record = state.tickets.find((ticket) => ticket.id === id);
      if (record !== undefined) return record;
      const waitedMs = performance.now() - start;
      const leftMs = wish.patienceMs - waitedMs;
      if (leftMs <= 0) throw ticketTimeout(asked, waitedMs, without(state, id));
      if (waitedMs - saidMs >= WAIT_SAID_MS) {
        saidMs = waitedMs;
        wish.onWait?.(state);
      }
      await sleep(Math.min(this.#times.pollMs, leftMs));
      if (wish.lookAgain === undefined || waitedMs - lookedMs < LOOK_AGAIN_MS) continue;
      lookedMs = waitedMs;
      asked = { ...wish, memoryMiB: await wish.lookAgain() };
    }
  }

  /** Stands in the queue, if not yet, and takes the ticket if it is this request's turn. */
  #advance(
    id: string,
    wish: Wish,
    { usedMiB, replaced }: { usedMiB: ReadonlyMap<string, number>; replaced: Ticket | null },
  ): DeskState {
    const { memoryMiB, purpose } = wish;
    const keys = wish.devices.map(({ key }) => key);
    const devices = wish.devices.map(({ key, kind, name, index, memoryMiB }) => ({
      key,
      kind,
      name,
      index,
      memoryMiB,
      host: hostname(),
    }));
    return this.#change((state, now) => {
      if (state.tickets.some((ticket) => ticket.id === id)) return state;
      const asked = { id, memoryMiB, since: now, holder: this.#holder, purpose, renewed: this.#silences };
      const request = { ...asked, devices: keys };
      const rest = replaced === null ? state : without(state, replaced.id);
      const queued = enqueued(rest, request, { devices, first: replaced !== null });
      const device = nextGrants(queued, { now, usedMiB, agedMs: this.#times.agedMs }).get(id);
      return device === undefined ? queued : grant(queued, new Map([[id, device]]), now);
    });
  }

  /** Changes the newest state, without those who are gone. `change` may be called several times. */
  #change(change: (state: DeskState, now: number) => DeskState): DeskState {
    let gone = new Set<string>();
    let silences = this.#silences;
    const { value } = this.#chain.settle((state) => {
      const now = this.#signOfLife();
      silences = this.#silences;
      gone = this.#signs.goneHolders(state, now, this.#times.leaseMs);
      gone.delete(this.#holder.id);
      return change(renewed(withoutHolders(state, gone), this.#holder.id, this.#silences), now);
    });
    for (const id of gone) this.#signs.end(id);
    const there = new Set(value.tickets.map(({ id }) => id));
    for (const id of this.#held.keys()) if (!there.has(id)) this.#lost.add(id);
    this.#confirmed = silences;
    return value;
  }

  #signOfLife(): number {
    const { silentMs } = this.#signs;
    if (Number.isFinite(silentMs) && silentMs > SURE_SHARE * this.#times.leaseMs) this.#silences += 1;
    return this.#signs.give(this.#holder.id);
  }

  #beat(): void {
    this.#signOfLife();
    // Others may be about to end our tickets; a change of ours makes them look again, or shows that they did.
    if (this.#confirmed !== this.#silences) this.#change((state) => state);
  }

  /** Signs of life go out while there are tickets or requests. */
  #wake(): void {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#tryBeat(), this.#times.beatMs);
    this.#timer.unref();
    process.once('exit', this.#onExit);
    const now = this.#signOfLife();
    this.#signs.sweep(this.#chain.read().value, now, this.#times.leaseMs);
    // What killed processes were writing; nothing depends on its going.
    sweepTemporary(this.#folder).catch(() => undefined);
  }

  #tryBeat(): void {
    try {
      this.#beat();
    } catch {
      // A folder that cannot be reached is told by `check`, before a device is used the next time.
    }
  }

  #restIfIdle(): void {
    if (this.#timer === null || this.#held.size > 0 || this.#requests > 0) return;
    clearInterval(this.#timer);
    this.#timer = null;
    process.off('exit', this.#onExit);
    this.#signs.end(this.#holder.id);
  }
}
