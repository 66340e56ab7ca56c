import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  publishExclusive,
  sweepTemporary,
  temporaryBeside,
  writeFileAtomic,
  writeFileExclusive,
} from './atomic-file.ts';

describe('files that are written whole or not at all', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resflow-atomic-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('replace an older file, and leave nothing beside it', async () => {
    const path = join(folder, 'below', 'a.json');
    await writeFileAtomic(path, 'old');
    await writeFileAtomic(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(join(folder, 'below'))).toEqual(['a.json']);
  });

  it('leave nothing behind where they cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeFileAtomic(join(folder, 'file', 'a.json'), 'x')).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('go to exactly one of many writers, where a name may be taken once', async () => {
    const path = join(folder, 'marker');
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, i) => writeFileExclusive(path, `writer ${i}`)),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(`writer ${won.indexOf(true)}`);
    expect(await readdir(folder)).toEqual(['marker']);
  });

  it('are swept up once their writer is dead, and only then', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    const mine = temporaryBeside(join(folder, 'mine'));
    const orphan = temporaryBeside(join(folder, 'orphan')).replace(`-${process.pid}-`, `-${pid}-`);
    const foreign = mine.replace(/\.tmp-[^-]+-\d+/, `.tmp-elsewhere-${pid}`);
    for (const path of [mine, orphan, foreign]) await writeFile(path, '');
    expect(await sweepTemporary(folder)).toEqual([orphan]);
    expect(await publishExclusive(mine, join(folder, 'mine'))).toBe(true);
    expect((await readdir(folder)).length).toBe(2);
  });

  it('are swept up also where nobody has buried their dead writer', async () => {
    // The shell becomes a program that never asks for its children, so that the one which ended stays in the list.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
      const orphan = temporaryBeside(join(folder, 'orphan')).replace(`-${process.pid}-`, `-${pid}-`);
      await writeFile(orphan, '');
      expect(await sweepTemporary(folder)).toEqual([orphan]);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
