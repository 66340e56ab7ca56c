import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runJson, runOk, startProgram } from '../support/program.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { digests, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

// Programs are started by the dozen; on a machine with other work each takes seconds.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const SIZE = { width: 4000, height: 3500 };
const RUN = ['app', '--scenes', 'scene', '--model', 'noop', '--region', '512', '--workers', '1'];

interface RunJson {
  readonly run: string;
  readonly status: string;
  readonly scenes: readonly { layers: Record<string, string> }[];
}

describe('a run that is stopped, and one whose disk fills up', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let unmount: (() => void) | null = null;
  let disk = '';
  let workspace = '';
  let expected: Record<string, string> = {};

  beforeAll(async () => {
    folder = await temporaryFolder('disk');
    disk = join(folder.path, 'disk');
    await mkdir(disk);
    unmount = mountSmallDisk(disk, 96);
    if (unmount === null)
      process.stderr.write('SKIPPED: no small file system can be mounted here, so no full disk is tested\n');
    workspace = await workspaceWithScene(disk, SIZE);
    const undisturbed = (await runOk([
      'map',
      'run',
      ...RUN,
      '--fresh',
      '--workspace',
      workspace,
    ])) as unknown as RunJson;
    expected = await digests(undisturbed.scenes[0]?.layers ?? {});
  });
  afterAll(async () => {
    unmount?.();
    await folder.remove();
  });

  /** Starts a fresh run and stops it with Ctrl-C once it has begun; its id. */
  async function interruptedRun(): Promise<string> {
    const { child, ended } = startProgram([
      'map',
      'run',
      ...RUN,
      '--fresh',
      '--json',
      '--workspace',
      workspace,
    ]);
    let begun = false;
    child.stderr?.on('data', (chunk: Buffer) => {
      if (begun || !chunk.toString().includes('Mpx')) return;
      begun = true;
      child.kill('SIGINT');
    });
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    const { runs } = (await runOk(['map', 'list', '--workspace', workspace])) as {
      runs: { run: string; status: string }[];
    };
    expect(runs.at(-1)?.status).toBe('interrupted');
    return runs.at(-1)?.run ?? '';
  }

  it('ends with its own exit code on Ctrl-C, and resumes to the same bytes', async () => {
    const run = await interruptedRun();
    const resumed = (await runOk(['map', 'resume', run, '--workspace', workspace])) as unknown as RunJson;
    expect(resumed.status).toBe('done');
    expect(await digests(resumed.scenes[0]?.layers ?? {})).toEqual(expected);
  });

  it('names the full disk, keeps what was finished, and resumes once there is space', async () => {
    if (unmount === null) return;
    const run = await interruptedRun();
    const filler = join(disk, 'filler');
    const { bavail, bsize } = await statfs(disk);
    await writeFile(filler, Buffer.alloc(bavail * bsize - 16 * 1024));
    const full = await runJson(['map', 'resume', run, '--workspace', workspace]);
    expect(full.code).toBe(5);
    expect(full.json).toMatchObject({
      error: {
        code: 'DISK_FULL',
        message: expect.stringContaining(`'${disk}/`) as unknown,
        hint: expect.stringMatching(/space/) as unknown,
      },
    });
    await rm(filler);
    const resumed = (await runOk(['map', 'resume', run, '--workspace', workspace])) as unknown as RunJson;
    expect(await digests(resumed.scenes[0]?.layers ?? {})).toEqual(expected);
  });

  it('refuses beforehand what cannot fit on the disk', async () => {
    if (unmount === null) return;
    const filler = join(disk, 'filler');
    const { bavail, bsize } = await statfs(disk);
    await writeFile(filler, Buffer.alloc(bavail * bsize - 2 * 1024 * 1024));
    const refused = await runJson(['map', 'run', ...RUN, '--fresh', '--workspace', workspace]);
    await rm(filler);
    expect(refused.code).toBe(5);
    expect(refused.json).toMatchObject({ error: { code: 'DISK_TOO_SMALL' } });
  });
});
