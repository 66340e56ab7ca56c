import type { DeskDevice, DeskState, RequestRecord, TicketRecord } from './desk-state.ts';

/** What a decision depends on beside the state of the desk. */
export interface Circumstances {
  /** Time of the desk's file system, ms. */
  readonly now: number;
  /** What devices say is in use on them, MiB, by their keys; 0 where nobody asked. */
  readonly usedMiB: ReadonlyMap<string, number>;
  /** A request that waited so long may not be overtaken any more, ms. */
  readonly agedMs: number;
}

/**
 * Which waiting requests may go now, and to which device. First come, first served; a request that fits may overtake one
 * that does not, until that one has waited for `agedMs`: then the device with most room is kept for it, and what is given
 * back there gathers until it is enough. Of the devices with room a request gets the one with most. What is free on a
 * device is its memory less what tickets promise, or what the device says is in use where that is more.
 */
export function nextGrants(
  state: DeskState,
  { now, usedMiB, agedMs }: Circumstances,
): ReadonlyMap<string, string> {
  const free = freeMemory(state, usedMiB);
  const size = new Map(state.devices.map(({ key, memoryMiB }) => [key, memoryMiB]));
  const kept = new Set<string>();
  const grants = new Map<string, string>();
  for (const request of state.waiting) {
    // A device that is too small when it is empty is not worth keeping.
    const open = request.devices.filter((key) => !kept.has(key) && (size.get(key) ?? 0) >= request.memoryMiB);
    const best = roomiest(open, free);
    if (best === null) continue;
    const room = free.get(best) ?? 0;
    if (room >= request.memoryMiB) {
      grants.set(request.id, best);
      free.set(best, room - request.memoryMiB);
    } else if (now - request.since >= agedMs) kept.add(best);
  }
  return grants;
}

/** Memory that can be promised, MiB, by device. */
export function freeMemory(state: DeskState, usedMiB: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(
    state.devices.map(({ key, memoryMiB }) => {
      const promised = sum(state.tickets.filter(({ device }) => device === key));
      return [key, memoryMiB - Math.max(promised, usedMiB.get(key) ?? 0)];
    }),
  );
}

const sum = (tickets: readonly TicketRecord[]): number =>
  tickets.reduce((total, { memoryMiB }) => total + memoryMiB, 0);

function roomiest(keys: readonly string[], free: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  for (const key of keys) if (best === null || (free.get(key) ?? 0) > (free.get(best) ?? 0)) best = key;
  return best;
}

/** The state with those requests served that are granted; the others wait on. */
export function grant(state: DeskState, grants: ReadonlyMap<string, string>, now: number): DeskState {
  const served = state.waiting.flatMap((request) => {
    const device = grants.get(request.id);
    return device === undefined ? [] : [ticketOf(request, device, now)];
  });
  if (served.length === 0) return state;
  return {
    ...state,
    tickets: [...state.tickets, ...served],
    waiting: state.waiting.filter(({ id }) => !grants.has(id)),
  };
}

const ticketOf = (
  { id, memoryMiB, holder, purpose, renewed }: RequestRecord,
  device: string,
  since: number,
): TicketRecord => ({ id, device, memoryMiB, since, holder, purpose, renewed });

/**
 * The state with a request in its queue, last or before all others, and what it says of devices. One that stands there
 * keeps its place, and asks for as much as it does now: others may have measured its model meanwhile.
 */
export function enqueued(
  state: DeskState,
  request: RequestRecord,
  { devices, first }: { readonly devices: readonly DeskDevice[]; readonly first: boolean },
): DeskState {
  const known = state.waiting.find(({ id }) => id === request.id);
  if (known?.memoryMiB === request.memoryMiB) return state;
  if (known !== undefined) {
    const resized = { ...known, memoryMiB: request.memoryMiB };
    return { ...state, waiting: state.waiting.map((one) => (one === known ? resized : one)) };
  }
  const own = new Set(devices.map(({ key }) => key));
  return {
    ...state,
    devices: [...state.devices.filter(({ key }) => !own.has(key)), ...devices],
    waiting: first ? [request, ...state.waiting] : [...state.waiting, request],
  };
}

/** The state in which all that a holder has and waits for says which silence it survived. */
export function renewed(state: DeskState, holder: string, silences: number): DeskState {
  const stale = (one: TicketRecord | RequestRecord) => one.holder.id === holder && one.renewed !== silences;
  if (!state.tickets.some(stale) && !state.waiting.some(stale)) return state;
  const renew = <T extends TicketRecord | RequestRecord>(one: T): T =>
    stale(one) ? { ...one, renewed: silences } : one;
  return { ...state, tickets: state.tickets.map(renew), waiting: state.waiting.map(renew) };
}

/** The state without what these holders hold and wait for. */
export function withoutHolders(state: DeskState, gone: ReadonlySet<string>): DeskState {
  const stays = ({ holder }: TicketRecord | RequestRecord) => !gone.has(holder.id);
  if (state.tickets.every(stays) && state.waiting.every(stays)) return state;
  return { ...state, tickets: state.tickets.filter(stays), waiting: state.waiting.filter(stays) };
}

/** The state without one ticket or request. */
export function without(state: DeskState, id: string): DeskState {
  const stays = (one: TicketRecord | RequestRecord) => one.id !== id;
  if (state.tickets.every(stays) && state.waiting.every(stays)) return state;
  return { ...state, tickets: state.tickets.filter(stays), waiting: state.waiting.filter(stays) };
}

/**
 * The state with a ticket of another size; null where its device has no room for that, or where it is gone. What grows
 * goes before what waits: it came earlier, and its model is on the device.
 */
export function resized(state: DeskState, id: string, memoryMiB: number): DeskState | null {
  const ticket = state.tickets.find((one) => one.id === id);
  if (ticket === undefined) return null;
  const grows = memoryMiB - ticket.memoryMiB;
  if (grows === 0) return state;
  if (grows > 0 && grows > (freeMemory(state, new Map()).get(ticket.device) ?? 0)) return null;
  return {
    ...state,
    tickets: state.tickets.map((one) => (one.id === id ? { ...one, memoryMiB } : one)),
  };
}

/** When a holder gives way to those who wait. */
export interface Shift {
  readonly now: number;
  /** A ticket may be kept for so long though others wait, ms. */
  readonly quantumMs: number;
  /** After a change of holders a device is left in peace for so long: who comes needs a moment to begin. */
  readonly settleMs: number;
}

/**
 * Whether the holder of a ticket should give it back at its next pause: others wait for its device, and it had it longest.
 * One without work (null) gives way to anybody at once.
 */
export function shouldGiveWay(state: DeskState, id: string, shift: Shift | null): boolean {
  const own = state.tickets.find((ticket) => ticket.id === id);
  if (own === undefined) return false;
  const wanted = state.waiting.some(
    ({ devices, holder }) => devices.includes(own.device) && holder.id !== own.holder.id,
  );
  if (!wanted || shift === null) return wanted;
  const { now, quantumMs, settleMs } = shift;
  const beside = state.tickets.filter((ticket) => ticket.device === own.device && ticket !== own);
  return (
    now - own.since >= quantumMs && beside.every(({ since }) => since >= own.since && now - since >= settleMs)
  );
}
