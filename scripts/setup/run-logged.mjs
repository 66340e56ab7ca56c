import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noteEnded, noteRunning } from './orphan.mjs';
import { logFolder } from './paths.mjs';
import { SetUpError } from './set-up-error.mjs';

/**
 * Runs a program with its output in `<cache>/resflow/logs/<name>.log`. Resolves with what happened; does not throw for a
 * program that fails. Past `timeoutMs` the program and its children are ended.
 */
export function runLogged(name, command, args, { cwd, env = process.env, timeoutMs = 0 } = {}) {
  mkdirSync(logFolder, { recursive: true });
  const log = join(logFolder, `${name}.log`);
  const file = openSync(log, 'w');
  return new Promise((resolve) => {
    // A group of its own, so that a compiler's children end with it.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', file, file], detached: true });
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    };
    if (child.pid !== undefined) noteRunning(child.pid);
    let timedOut = false;
    const timer =
      timeoutMs > 0 &&
      setTimeout(() => {
        timedOut = true;
        end();
      }, timeoutMs);
    const onSignal = (signal) => {
      end();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
    const finish = (result) => {
      if (timer) clearTimeout(timer);
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      closeSync(file);
      noteEnded();
      resolve({ log, timedOut, ...result });
    };
    child.once('error', (error) => finish({ ok: false, reason: error.message }));
    child.once('close', (code, signal) => finish({ ok: code === 0, reason: `exit ${code ?? signal}` }));
  });
}

/** Like runLogged, but a failure stops the set-up, with the log's name and its last lines. */
export async function mustRun(name, command, args, options = {}) {
  const result = await runLogged(name, command, args, options);
  if (result.ok) return result;
  const reason = result.timedOut ? `ended after ${Math.round(options.timeoutMs / 1000)} s` : result.reason;
  const tail = readFileSync(result.log, 'utf8').trimEnd().split('\n').slice(-12).join('\n  ');
  throw new SetUpError(
    `\`${[command, ...args].join(' ')}\` failed (${reason})`,
    `${tail}\nThe whole log: ${result.log}`,
  );
}
