import type { z } from 'zod';
import { writeFileExclusive } from '../core/atomic-file.ts';
import { canonicalJson, digestOf } from '../core/digest.ts';
import { systemErrorCode, workspaceError } from '../core/errors.ts';
import { routingFile } from './layout.ts';
import { routingSchema, type Routing } from './routing-record.ts';
import { readRecord } from './workspace.ts';

/** Stores a routing under its digest, which it returns. */
export async function writeRouting(root: string, routing: Routing): Promise<string> {
  const digest = digestOf(routing);
  await writeFileExclusive(routingFile(root, digest), `${canonicalJson(routing)}\n`);
  return digest;
}

/** The routing of that digest. Throws workspace errors ROUTING_MISSING and ROUTING_CHANGED. */
export const readRouting = (root: string, digest: string): Promise<Routing> =>
  readByDigest(routingFile(root, digest), routingSchema, digest);

/** A record of how ground is routed that tasks name by its digest. Throws workspace errors ROUTING_MISSING and ROUTING_CHANGED. */
export async function readByDigest<T>(file: string, schema: z.ZodType<T>, digest: string): Promise<T> {
  const hint = 'Start the map again with `resflow map run`; regions that are done are kept.';
  const record = await readRecord(file, schema).catch((cause: unknown) => {
    if (systemErrorCode(cause) !== 'ENOENT') throw cause;
    throw workspaceError('ROUTING_MISSING', `${file}, which says how a run picks its models, is gone.`, {
      hint,
      context: { file },
      cause,
    });
  });
  const actual = digestOf(record);
  if (actual === digest) return record;
  throw workspaceError('ROUTING_CHANGED', `${file} is not the one that the run was planned with.`, {
    hint,
    context: { file, limit: digest, actual },
  });
}
