import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { AppendFile } from './append-file.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder('append');
});
afterAll(() => folder.remove());

test('many readers at once read what was just appended, never what is not written yet', async () => {
  for (let round = 0; round < 20; round += 1) {
    const file = await AppendFile.create(join(folder.path, 'file'));
    const blocks = Array.from({ length: 12 }, (_, at) => new Uint8Array(250_000).fill(at + 1));
    for (const block of blocks) await file.append(block);
    const read = await Promise.all(blocks.map((_, at) => file.read(at * 250_000, 250_000)));
    await file.discard();
    read.forEach((bytes, at) => expect(Buffer.compare(bytes, blocks[at] ?? bytes)).toBe(0));
  }
});

test('there is nothing to read behind the end', async () => {
  const file = await AppendFile.create(join(folder.path, 'short'));
  await file.append(new Uint8Array(10));
  await expect(file.read(5, 10)).rejects.toThrow('no 10 bytes at 5');
  await file.discard();
});
