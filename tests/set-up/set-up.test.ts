import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkout } from './checkout.ts';

let checkout: Checkout;

beforeEach(() => {
  checkout = new Checkout(mkdtempSync(join(tmpdir(), 'set-up-')));
});
afterEach(() => {
  rmSync(checkout.root, { recursive: true, force: true });
});

describe('the set-up', () => {
  it('says so where everything is there', async () => {
    const { code, text } = await checkout.setUp();
    expect(text).toMatch(/^set-up: everything is there \(\d+\.\d s\)\n$/);
    expect(code).toBe(0);
  });

  it('refuses a Node that is too old, and says what to install', async () => {
    checkout.write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=99.1' } }));
    const { code, text } = await checkout.setUp();
    expect(code).toBe(5);
    expect(text).toContain(`Node ${process.versions.node} is too old: RESFlow needs 99.1`);
  });

  it('takes over the lock of a set-up that was killed', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    checkout.write('.cache/setup/lock', String(dead));
    expect(await checkout.setUp()).toMatchObject({ code: 0 });
    expect(checkout.has('.cache/setup/lock')).toBe(false);
  });

  it('waits for a set-up that is at work', async () => {
    const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1500)']);
    checkout.write('.cache/setup/lock', String(holder.pid));
    const { code, text } = await checkout.setUp();
    expect(text).toContain('waiting for it');
    expect(holder.exitCode).toBe(0);
    expect(code).toBe(0);
  });

  it('lists what is missing where it may not install', async () => {
    checkout.write('trainer/requirements.lock', '');
    const programs = join(checkout.root, 'programs');
    mkdirSync(programs);
    symlinkSync(process.execPath, join(programs, 'node'));
    symlinkSync('/bin/sh', join(programs, 'sh'));
    const { code, text } = await checkout.setUp(['--no-apt'], { PATH: programs });
    expect(code).toBe(5);
    expect(text).toContain('python3 python3-venv');
  });
});

describe('the Python environment', () => {
  it('is made anew where an interrupted set-up left half of one, once', async () => {
    checkout.write('trainer/requirements.lock', '# nothing\n');
    checkout.write('.venv/lib/half-installed.py', '');
    const first = await checkout.setUp();
    expect(first).toMatchObject({ code: 0 });
    expect(checkout.has('.venv/lib/half-installed.py')).toBe(false);
    expect(checkout.has('.venv/bin/python')).toBe(true);
    const second = await checkout.setUp();
    expect(second.text).toMatch(/^set-up: everything is there/);
  });
});

describe('the build', () => {
  const options = {
    target: 'es2023',
    module: 'nodenext',
    rootDir: 'src',
    outDir: 'dist',
    strict: true,
    types: [],
  };

  beforeEach(() => {
    checkout.write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['src'] }));
    checkout.write('src/cli/main.ts', 'export const answer = 41;\n');
    checkout.write('src/old.ts', 'export const old = true;\n');
  });

  it('follows the sources, and keeps nothing of those that are gone', async () => {
    await checkout.setUp();
    expect(checkout.read('dist/cli/main.js')).toContain('answer = 41');
    expect(checkout.has('dist/old.js')).toBe(true);
    expect((await checkout.setUp()).text).toMatch(/^set-up: everything is there/);
    checkout.write('src/cli/main.ts', 'export const answer = 42;\n');
    rmSync(join(checkout.root, 'src/old.ts'));
    await checkout.setUp();
    expect(checkout.read('dist/cli/main.js')).toContain('answer = 42');
    expect(checkout.has('dist/old.js')).toBe(false);
  });

  it('keeps the old program where the new one does not compile, and says why', async () => {
    await checkout.setUp();
    checkout.write('src/cli/main.ts', 'export const answer: number = "none";\n');
    const { code, text } = await checkout.setUp();
    expect(code).toBe(5);
    expect(text).toContain('src/cli/main.ts(1,14)');
    expect(checkout.read('dist/cli/main.js')).toContain('answer = 41');
  });
});
