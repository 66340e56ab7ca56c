import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { writeFileAtomic } from '../core/atomic-file.ts';
import { workspaceError } from '../core/errors.ts';
import { keysFile } from './layout.ts';
import { readRecordIfAny } from './workspace.ts';

/** What a key allows on a server; each allows what those before it do. */
export const KEY_SCOPES = ['read', 'run', 'admin'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

const keySchema = z.object({
  id: z.string(),
  scope: z.enum(KEY_SCOPES),
  note: z.string(),
  created: z.string(),
  /** SHA-256 of the key itself, in hex. A key has 192 random bits: nothing slower is needed. */
  sha256: z.string(),
});
const keysSchema = z.object({ version: z.literal(1), keys: z.array(keySchema) });
export type AccessKey = z.infer<typeof keySchema>;

export async function listKeys(root: string): Promise<readonly AccessKey[]> {
  return (await readRecordIfAny(keysFile(root), keysSchema))?.keys ?? [];
}

/** Makes a key. The key itself is in the answer and nowhere else. */
export async function createKey(
  root: string,
  { scope, note, now }: { scope: KeyScope; note: string; now: Date },
): Promise<{ key: string; record: AccessKey }> {
  const id = randomBytes(4).toString('hex');
  const key = `resflow_${id}_${randomBytes(24).toString('base64url')}`;
  const record = { id, scope, note, created: now.toISOString(), sha256: hashOf(key).toString('hex') };
  await writeKeys(root, [...(await listKeys(root)), record]);
  return { key, record };
}

/** Makes a key useless from the next request on. Throws workspace error NO_KEY. */
export async function revokeKey(root: string, id: string): Promise<AccessKey> {
  const keys = await listKeys(root);
  const revoked = keys.find((key) => key.id === id);
  if (revoked === undefined) {
    throw workspaceError('NO_KEY', `There is no access key '${id}' in this workspace.`, {
      hint: '`resflow key list` shows the keys.',
      context: { key: id },
    });
  }
  await writeKeys(
    root,
    keys.filter((key) => key !== revoked),
  );
  return revoked;
}

/** The record of a key that is shown; null where it is none of these. */
export function findKey(keys: readonly AccessKey[], shown: string): AccessKey | null {
  const hash = hashOf(shown);
  return keys.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), hash)) ?? null;
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/** Readable by its owner alone. */
const writeKeys = (root: string, keys: readonly AccessKey[]): Promise<void> =>
  writeFileAtomic(keysFile(root), `${JSON.stringify({ version: 1, keys }, null, 2)}\n`, 0o600);
