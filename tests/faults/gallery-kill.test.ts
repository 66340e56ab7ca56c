import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { FAKE_TRAINER, SMALL_CHIPS, workspaceWithPatches, writePatches } from '../support/gallery.ts';
import { runOk, startProgram } from '../support/program.ts';
import { filesBelow, finishedTasks, isTemporary, temporaryFolder } from '../support/workspace.ts';

const KILLS = Number(process.env['RESFLOW_TEST_GALLERY_KILLS'] ?? '12');

/** What a gallery holds: codes and chips, whatever the time they were written. */
async function contentsOf(workspace: string): Promise<Record<string, string>> {
  const gallery = join(workspace, 'gallery');
  const kept = (await filesBelow(gallery)).filter((file) => /(codes\.bin|\.onnx|current\.json)$/.test(file));
  const entries = kept.sort().map(async (file) => {
    const digest = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    return [relative(gallery, file), digest] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe(`${KILLS} kills of a gallery build at random moments`, () => {
  const folders: Awaited<ReturnType<typeof temporaryFolder>>[] = [];
  afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

  const workspaceOf = async (): Promise<string> => {
    const folder = await temporaryFolder('gallery-kill');
    folders.push(folder);
    const workspace = await workspaceWithPatches(folder.path);
    const image = join(folder.path, 'large.tif');
    writePatches(image, { width: 2000, height: 1100 }, { seed: 5, east: 9000 });
    await runOk(['scene', 'add', image, '--place', 'large', '--id', 'large', '--workspace', workspace]);
    return workspace;
  };
  const build = (workspace: string) => [
    'gallery',
    'build',
    '--all',
    ...SMALL_CHIPS,
    '--workspace',
    workspace,
  ];
  it('lose no finished region and change no code', async () => {
    const undisturbed = await workspaceOf();
    await runOk(build(undisturbed), FAKE_TRAINER);
    const disturbed = await workspaceOf();
    const random = seededRandom(20261125);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = await finishedTasks(disturbed);
      const { child, ended } = startProgram(build(disturbed), FAKE_TRAINER);
      const timer = setTimeout(() => child.kill('SIGKILL'), 300 + 4000 * random());
      await ended;
      clearTimeout(timer);
      expect(await finishedTasks(disturbed)).toBeGreaterThanOrEqual(before);
    }
    // Chips of the large scene that hang over by more than half are left out.
    const last = await runOk(build(disturbed), FAKE_TRAINER);
    expect(last).toMatchObject({ chips: 2 * 48 + 31 * 17 });
    const contents = await contentsOf(disturbed);
    // The scenes' files lie elsewhere, which is part of their identity: names of steps differ, what they hold does not.
    const codes = (all: Record<string, string>) =>
      Object.entries(all)
        .filter(([file]) => file.endsWith('codes.bin'))
        .map(([file, digest]) => [file.replace(/partition=[0-9a-f]+/, ''), digest]);
    expect(codes(contents)).toEqual(codes(await contentsOf(undisturbed)));
    expect(codes(contents)).toHaveLength(3);
    const leftOver = (await readdir(join(disturbed, 'gallery'), { recursive: true })).filter((name) =>
      isTemporary(name),
    );
    expect(leftOver).toEqual([]);
  }, 600_000);
});
