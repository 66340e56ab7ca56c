import { z } from 'zod';
import { workerReplySchema, type Task } from './protocol.ts';

/** How a Spark session comes to be, and what its task slots run. The first line that the driver gets. */
export interface SparkSessionRequest {
  readonly master?: string;
  /** Address of a Spark Connect server (`sc://...`), instead of a master. */
  readonly remote?: string;
  /** The cluster lives as long as the session, on this machine: it speaks with a secret of its own. */
  readonly own: boolean;
  readonly conf: Readonly<Record<string, string>>;
  readonly worker: {
    readonly command: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly silenceSeconds: number;
    /** Resident memory of one worker. */
    readonly memoryMiB: number;
    readonly tries: number;
  };
}

/** One Spark job: one list of tasks a partition. */
export interface SparkJobRequest {
  readonly job: number;
  readonly partitions: readonly (readonly Task[])[];
}

const rowSchema = z.object({
  id: z.string(),
  /** The slot that did it: host and Python process. */
  slot: z.string(),
  seconds: z.number(),
  result: workerReplySchema.optional(),
  gone: z
    .object({
      code: z.enum(['WORKER_CRASHED', 'WORKER_SILENT', 'WORKER_SPOKE_NONSENSE', 'MEMORY_EXCEEDED']),
      message: z.string(),
      tries: z.int().positive(),
    })
    .optional(),
});
export type SparkRow = z.infer<typeof rowSchema>;

/** Lines that the driver prints. */
export const sparkMessageSchema = z.discriminatedUnion('event', [
  /** `slots`: tasks that run at the same time, where the master tells. */
  z.object({ event: z.literal('session'), version: z.string(), slots: z.int().positive().nullable() }),
  /** Whether any executor is there, from now on; none is when a session begins. */
  z.object({ event: z.literal('executors'), there: z.boolean() }),
  z.object({ event: z.literal('outcomes'), job: z.int(), rows: z.array(rowSchema) }),
  z.object({ event: z.literal('lost'), job: z.int(), message: z.string() }),
  z.object({ event: z.literal('fault'), message: z.string() }),
]);
export type SparkMessage = z.infer<typeof sparkMessageSchema>;
