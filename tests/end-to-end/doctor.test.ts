import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runJson, startProgram } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const reportSchema = z.object({
  can: z.object({ map: z.boolean(), train: z.boolean() }),
  findings: z.array(
    z.object({
      name: z.string(),
      purpose: z.enum(['map', 'train', 'extra']),
      state: z.enum(['ok', 'limited', 'missing']),
      detail: z.string(),
      cost: z.string().nullable(),
      remedy: z.string().nullable(),
    }),
  ),
});

const examine = async (workspace: string, env: Record<string, string> = {}) => {
  const { code, json } = await runJson(['doctor', '--workspace', workspace], env);
  const { can, findings } = reportSchema.parse(json);
  return { code, can, find: (name: string) => findings.find((finding) => finding.name === name), findings };
};

describe('resflow doctor', () => {
  it('finds what the set-up installed, and leaves nothing behind', async () => {
    const { code, can, find } = await examine(folder);
    expect(can).toEqual({ map: true, train: true });
    expect(code).toBe(0);
    expect(find('Node')?.detail).toBe(process.versions.node);
    expect(find('GDAL')).toMatchObject({ state: 'ok', cost: null, remedy: null });
    expect(find('Hard links')).toMatchObject({ state: 'ok' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what it costs to be without Python, and that maps can be made all the same', async () => {
    const { code, can, find } = await examine(folder, { RESFLOW_PYTHON: join(folder, 'no-python') });
    expect(can).toEqual({ map: true, train: false });
    expect(code).toBe(0);
    expect(find('Python')).toMatchObject({ state: 'missing', purpose: 'train' });
    expect(find('Python')?.cost).toContain('model train');
    expect(find('Python')?.remedy).toContain('npm run setup');
  });

  it('exits with 5 where the workspace cannot be written to', async () => {
    // /proc is read-only even for root.
    const { code, can, find } = await examine('/proc/1');
    expect(find('Writing')).toMatchObject({ state: 'missing' });
    expect(can.map).toBe(false);
    expect(code).toBe(5);
  });

  it('gives advice for everything that is amiss, in the text too', async () => {
    const { findings } = await examine(folder, { RESFLOW_PYTHON: join(folder, 'no-python'), PATH: '' });
    const amiss = findings.filter(({ state }) => state !== 'ok');
    expect(amiss.map(({ name }) => name)).toEqual(expect.arrayContaining(['Python', 'Browser']));
    for (const { cost, remedy } of amiss) expect(cost && remedy).toBeTruthy();
    const text = await startProgram(['doctor', '--workspace', folder], { PATH: '' }).ended;
    expect(text.stdout).toMatch(/missing +Browser .*\n +without: .*\n +to get it: /);
  });
});
