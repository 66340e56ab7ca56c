import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryBeside } from '../core/atomic-file.ts';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { openS3Store } from './open-store.ts';

let scratch: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  scratch = await temporaryFolder('open-store');
});
afterAll(() => scratch.remove());

it('removes, when a storage is opened, what a killed process left of files on their way in and out', async () => {
  // Above what Linux gives to processes.
  const dead = 2 ** 22 + 1;
  for (const folder of ['sending', 'inputs/DIGEST/models']) {
    await mkdir(join(scratch.path, folder), { recursive: true });
    const ours = temporaryBeside(join(scratch.path, folder, 'file'));
    for (const path of [
      ours,
      ours.replace(`-${process.pid}-`, `-${dead}-`),
      join(scratch.path, folder, 'whole'),
    ])
      await writeFile(path, 'bytes');
  }
  await openS3Store('s3://maps/2026', { env: { RESFLOW_SCRATCH: scratch.path } });
  for (const folder of ['sending', 'inputs/DIGEST/models']) {
    const left = await readdir(join(scratch.path, folder));
    expect(left.map((name) => name.replace(/\.tmp-.*-(\d+)-.*/, '.$1')).toSorted()).toEqual([
      `file.${process.pid}`,
      'whole',
    ]);
  }
});
