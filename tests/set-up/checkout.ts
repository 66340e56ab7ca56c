import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('../../', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly text: string;
}

/** A checkout that holds only the set-up, our installed packages, and what a test puts there. */
export class Checkout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    cpSync(join(here, 'scripts'), join(root, 'scripts'), { recursive: true });
    symlinkSync(join(here, 'node_modules'), join(root, 'node_modules'));
    this.write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.19' } }));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  has = (path: string): boolean => existsSync(join(this.root, path));

  read = (path: string): string => readFileSync(join(this.root, path), 'utf8');

  /** Runs the set-up to its end, with its cache inside the checkout. */
  setUp(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Outcome> {
    const child = spawn(process.execPath, [join(this.root, 'scripts', 'setup.mjs'), ...args], {
      env: { ...process.env, XDG_CACHE_HOME: join(this.root, 'cache'), RESFLOW_PYTHON: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, text }));
    });
  }
}
