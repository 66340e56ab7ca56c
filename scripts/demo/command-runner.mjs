import { spawn } from 'node:child_process';
import { isAbsolute, relative } from 'node:path';
import { inRoot } from '../setup/paths.mjs';

/** The demo ends early: by Ctrl-C, or since a command failed. `exitCode` is the command's. */
export class DemoStopped extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** `init` names its folder itself. */
const inWorkspace = (args, folder) => (args[0] === 'init' ? args : [...args, '--workspace', folder]);

/** A path as a person would type it here. */
export function shortest(path) {
  if (!isAbsolute(path)) return path;
  const near = relative(process.cwd(), path);
  return near !== '' && !near.startsWith('../../..') ? near : path;
}

const PROGRAM = inRoot('bin', 'resflow');

/**
 * Runs the program's commands on one workspace. Ctrl-C reaches the running command too (same process group); it stops
 * by itself, keeping what is finished, and the demo waits for it.
 */
export function createCommandRunner({ workspace, shown }) {
  let stopping = false;
  process.on('SIGINT', () => {
    stopping = true;
  });
  process.on('SIGTERM', () => {
    stopping = true;
  });

  function checkEnd(args, { code, signal }) {
    if (stopping || code === 130 || signal === 'SIGINT') {
      throw new DemoStopped(
        'Stopped. `npm run demo` goes on from here; `npm run demo -- --fresh` starts over.',
        130,
      );
    }
    if (code === 0) return;
    throw new DemoStopped(
      `\`resflow ${args.slice(0, 2).join(' ')}\` ended with exit code ${code ?? signal}; its message is above.`,
      code ?? 1,
    );
  }

  async function start(args, stdout) {
    if (stopping) checkEnd(args, { code: 130 });
    const child = spawn(process.execPath, [PROGRAM, ...inWorkspace(args, workspace)], {
      stdio: ['ignore', stdout, 'inherit'],
    });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    const end = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal }));
    });
    checkEnd(args, end);
    return Buffer.concat(chunks).toString('utf8');
  }

  return {
    /**
     * Prints a command, runs it with its own output, prints how long it took. A group of files may come as
     * `{ files, as }`, to be printed as the pattern `as` that a person would type.
     */
    async show(...words) {
      const args = words.flatMap((word) => word.files ?? [word]);
      const typed = words.map((word) =>
        word.files === undefined ? quoted(shortest(word)) : shortest(word.as),
      );
      const line = ['resflow', ...inWorkspace(typed, shown)].join(' ');
      process.stdout.write(`\n$ ${line}\n`);
      const from = performance.now();
      await start(args, 'inherit');
      process.stdout.write(`  (${seconds(from)})\n`);
    },
    /** Runs a command quietly and gives its JSON. */
    async ask(...args) {
      return JSON.parse(await start([...args, '--json'], 'pipe'));
    },
    /** Throws where Ctrl-C was pressed. */
    throwIfStopped() {
      if (stopping) checkEnd([], { code: 130 });
    },
  };
}

const quoted = (word) =>
  /^[A-Za-z0-9_./:,=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

export const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;
