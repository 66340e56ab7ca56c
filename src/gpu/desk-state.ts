import { join } from 'node:path';
import { z } from 'zod';
import { VersionChain } from './version-chain.ts';

/** A process that holds tickets or waits for one. `id` names its sign of life, a file that it writes from time to time. */
export const holderSchema = z.object({
  id: z.string(),
  pid: z.int(),
  host: z.string(),
  /** Host and namespace of process ids: where both are ours, the process itself can be looked up. */
  place: z.string(),
  /** Start of the process; ids are used again. */
  started: z.string().nullable(),
  /** The process that started it: of a worker of the local engine, the one that coordinates the run. */
  parent: z.int(),
});
export type Holder = z.infer<typeof holderSchema>;

/** What a ticket is for, to be shown. */
export const purposeSchema = z.object({ model: z.string(), workspace: z.string().nullable() });
export type Purpose = z.infer<typeof purposeSchema>;

/** Times are those of the file system that holds the desk, in milliseconds since 1970. */
const askedSchema = z.object({
  id: z.string(),
  memoryMiB: z.int().positive(),
  since: z.number(),
  holder: holderSchema,
  purpose: purposeSchema,
  /**
   * Which silence of its holder it survived. A holder that was silent for long counts it up: so whoever is about to end
   * its tickets finds a newer state, and looks again.
   */
  renewed: z.int(),
});

const ticketSchema = askedSchema.extend({
  /** Key of the device. */
  device: z.string(),
});
export type TicketRecord = z.infer<typeof ticketSchema>;

const requestSchema = askedSchema.extend({
  /** Keys of the devices it may be served by. */
  devices: z.array(z.string()).min(1),
});
export type RequestRecord = z.infer<typeof requestSchema>;

export const deskStateSchema = z.object({
  version: z.literal(1),
  devices: z.array(
    z.object({
      key: z.string(),
      kind: z.enum(['cuda', 'simulated']),
      name: z.string(),
      index: z.int(),
      host: z.string(),
      memoryMiB: z.int(),
    }),
  ),
  tickets: z.array(ticketSchema),
  /** In the order in which they came. */
  waiting: z.array(requestSchema),
});
export type DeskState = z.infer<typeof deskStateSchema>;
export type DeskDevice = DeskState['devices'][number];

export const EMPTY_DESK: DeskState = { version: 1, devices: [], tickets: [], waiting: [] };

const VERSIONS_KEPT = 32;

/** The states of the desk in a folder, one after the other. */
export const deskChain = (folder: string, kept = VERSIONS_KEPT): VersionChain<DeskState> =>
  new VersionChain(join(folder, 'desk'), {
    initial: EMPTY_DESK,
    parse: (json) => deskStateSchema.parse(json),
    kept,
  });
