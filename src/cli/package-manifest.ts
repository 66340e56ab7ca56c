import { readFileSync } from 'node:fs';
import { z } from 'zod';

const manifestSchema = z.object({ version: z.string(), engines: z.object({ node: z.string() }) });

/** RESFlow's own version and the least Node it runs on, from its package.json. */
export function readManifest(): { version: string; leastNode: string } {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version, engines } = manifestSchema.parse(JSON.parse(text));
  return { version, leastNode: engines.node.replace(/^>=/, '') };
}
