import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepTemporary } from '../core/atomic-file.ts';
import { resourceError } from '../core/errors.ts';
import { sweepCopies } from './input-copies.ts';
import type { PartLimits } from './plan-multipart.ts';
import { parseS3Address } from './s3-address.ts';
import type { S3Store, S3StoreOptions } from './s3-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenStoreOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  readonly patienceMs?: number;
  readonly limits?: PartLimits;
  readonly onTrouble?: S3StoreOptions['onTrouble'];
}

/** Opens the storage at an address. Sends nothing yet. Throws BAD_STORAGE, SCRATCH_FOREIGN. */
export async function openS3Store(address: string, options: OpenStoreOptions): Promise<S3Store> {
  const { env, ...rest } = options;
  const folder = await scratchFolder(env);
  const scratch = join(folder, 'sending');
  // What killed processes left, first: the disk may be full of it.
  await Promise.all([scratch, inputsFolder(folder)].map((one) => sweepTemporary(one)));
  await sweepCopies(inputsFolder(folder));
  await mkdir(scratch, { recursive: true });
  // Amazon's client takes a while to load, and memory: only who has a storage pays for it.
  const [client, stores] = await Promise.all([import('./s3-client.ts'), import('./s3-store.ts')]);
  return new stores.S3Store(client.createS3Client(env), parseS3Address(address), { scratch, ...rest });
}

/** Where this user's processes on this host keep files on their way to and from a storage: RESFLOW_SCRATCH, or below the temporary folder. */
export async function scratchFolder(env: Environment): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = env['RESFLOW_SCRATCH'] ?? join(tmpdir(), `resflow-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (env['RESFLOW_SCRATCH'] !== undefined || (found.isDirectory() && found.uid === uid)) return folder;
  throw resourceError('SCRATCH_FOREIGN', `${folder} belongs to somebody else.`, {
    hint: 'Name a folder of your own: RESFLOW_SCRATCH=DIR.',
    context: { file: folder },
  });
}

/** Where below that folder the copies of what tasks read are. */
export const inputsFolder = (scratch: string): string => join(scratch, 'inputs');

/** Version of the layout below a storage's prefix. */
const STORAGE_RECORD = `${JSON.stringify({ version: 1 })}\n`;
const STORAGE_KEY = 'storage.json';

/**
 * Makes sure that a storage can be used: it is there, lets us write, and creates an object only if its name is free, which
 * everything else relies on. Throws STORAGE_MISSING, STORAGE_DENIED, STORAGE_FAILED, STORAGE_UNFIT.
 */
export async function prepareStorage(store: S3Store): Promise<void> {
  await store.writeIfAbsent(STORAGE_KEY, STORAGE_RECORD);
  if (!(await store.writeIfAbsent(STORAGE_KEY, STORAGE_RECORD))) return;
  throw resourceError(
    'STORAGE_UNFIT',
    `The service behind ${store.addressOf('')} ignores \`If-None-Match: *\`: two workers could overwrite each other.`,
    {
      hint: 'Use a service (or a version of it) that has conditional writes, or a shared file system.',
      context: { file: store.addressOf('') },
    },
  );
}
