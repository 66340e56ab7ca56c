import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, digestOfBytes, digestOfFile } from '../core/digest.ts';
import { piecesOfFile } from './file-pieces.ts';
import type { Store } from './store.ts';

const isPlain = (path: string): boolean =>
  !path.startsWith('/') && path.split('/').every((step) => step !== '' && step !== '.' && step !== '..');

/** Of one file that tasks read: its path below a workspace, and what it holds. */
const inputFileSchema = z.object({
  path: z
    .string()
    .regex(/^[^\\\0]+$/)
    .refine(isPlain),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type InputFile = z.infer<typeof inputFileSchema>;

/** All files that the tasks of a run read, scenes' pixels apart; known by its digest. */
export const inputListSchema = z.object({ version: z.literal(1), files: z.array(inputFileSchema) });

/** Where content of a digest lies in a storage. */
export const inputKey = (sha256: string): string => `inputs/${sha256.slice(0, 2)}/${sha256}`;

/** Puts files of a workspace into a storage, each once under its digest, and their list; gives the list's digest. */
export async function storeInputs(store: Store, root: string, paths: readonly string[]): Promise<string> {
  const files: InputFile[] = [];
  for (const path of [...new Set(paths)].sort()) {
    const file = join(root, path);
    const { size: bytes } = await stat(file);
    const sha256 = await digestOfFile(file);
    files.push({ path, bytes, sha256 });
    const key = inputKey(sha256);
    if ((await store.sizeOf(key)) !== bytes) await store.join(key, piecesOfFile(file, bytes), { bytes });
  }
  const list = canonicalJson({ version: 1, files });
  const digest = digestOfBytes(list);
  await store.writeIfAbsent(inputKey(digest), list);
  return digest;
}
