import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stateFolder } from './paths.mjs';

const file = join(stateFolder, 'running');

/** Notes the program that the set-up has started, so that a later set-up finds it if this one is killed. */
export function noteRunning(pid) {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(file, JSON.stringify({ pid, started: startOf(pid) }));
}

export const noteEnded = () => rmSync(file, { force: true });

/** Ends what a killed set-up left running: two installers in one folder would spoil each other's work. */
export async function endOrphan() {
  let note;
  try {
    note = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return;
  }
  // Another program may have got the number in the meantime.
  if (note.started !== '' && startOf(note.pid) === note.started) {
    try {
      process.kill(-note.pid, 'SIGKILL');
    } catch {
      // It ended just now.
    }
    await wait(500);
  }
  noteEnded();
}

const startOf = (pid) =>
  spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)])
    .stdout?.toString()
    .trim() ?? '';
