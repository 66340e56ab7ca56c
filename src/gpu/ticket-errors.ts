import { resourceError, type ResflowError } from '../core/errors.ts';
import type { Device } from './device.ts';
import type { DeskState } from './desk-state.ts';

/** What is asked, as messages need it. */
export interface AskedMemory {
  readonly memoryMiB: number;
  readonly devices: readonly Device[];
  readonly purpose: { readonly model: string };
}

const names = (devices: readonly Device[]): string =>
  devices.map(({ name, index, memoryMiB }) => `${index} ${name} (${memoryMiB} MiB)`).join(', ');

/** Who holds what of the devices asked for, in one sentence or none. */
export function describeHolders(asked: AskedMemory, state: DeskState): string {
  return asked.devices
    .map(({ key, name, memoryMiB }) => {
      const held = state.tickets
        .filter(({ device }) => device === key)
        .map(
          (ticket) =>
            `${ticket.memoryMiB} MiB by process ${ticket.holder.pid} on ${ticket.holder.host} for ${ticket.purpose.model}`,
        );
      return `${name} (${memoryMiB} MiB): ${held.length === 0 ? 'no tickets' : held.join(', ')}`;
    })
    .join('; ');
}

export function ticketTooLarge(asked: AskedMemory): ResflowError {
  const largest = Math.max(0, ...asked.devices.map(({ memoryMiB }) => memoryMiB));
  return resourceError(
    'TICKET_TOO_LARGE',
    `${asked.purpose.model} needs ${asked.memoryMiB} MiB of a device; the largest here has ${largest} MiB: ${names(asked.devices)}.`,
    {
      hint: 'Use a smaller model or smaller chips (--core), or map on the CPU: RESFLOW_GPUS="".',
      context: { limit: largest, actual: asked.memoryMiB },
    },
  );
}

export function ticketTimeout(asked: AskedMemory, waitedMs: number, state: DeskState): ResflowError {
  return resourceError(
    'TICKET_TIMEOUT',
    `No ticket for ${asked.memoryMiB} MiB after ${Math.round(waitedMs / 1000)} s of waiting. ${describeHolders(asked, state)}; ${state.waiting.length} waiting.`,
    {
      hint: '`resflow gpu list` shows who holds what. Wait for the other work to end, run fewer workers, or give more patience: RESFLOW_TICKET_PATIENCE_SECONDS.',
      context: { limit: asked.memoryMiB, waiting: state.waiting.length },
    },
  );
}

export function ticketLost(memoryMiB: number, device: Device, leaseMs: number): ResflowError {
  return resourceError(
    'TICKET_LOST',
    `The ticket for ${memoryMiB} MiB of ${device.name} is gone: this process gave no sign of life for longer than its lease of ${leaseMs / 1000} s.`,
    {
      hint: 'The region is tried again with a new ticket. Where this happens often, the machine is overloaded or the folder of tickets is slow.',
      context: { device: device.key, limit: leaseMs },
    },
  );
}
