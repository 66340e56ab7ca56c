import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemErrorCode } from './errors.ts';

/** When a process began, in a form to compare: boot and clock ticks since. null where it is gone or the system does not tell. */
export const startOfProcess = (pid: number): string | null => statOf(pid)?.started ?? null;

/**
 * True while a process of this host with that id can still do something. One that has ended and that nobody has buried
 * yet cannot, however long it stays in the list: in a container without an init process that is for ever.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemErrorCode(error) !== 'EPERM') return false;
  }
  const state = statOf(pid)?.state;
  return state !== 'Z' && state !== 'X';
}

/** True while the process that had this id and this start is alive. Ids are used again, so the same id is not enough. */
export function isSameProcess(pid: number, started: string | null): boolean {
  if (!isAlive(pid)) return false;
  const found = startOfProcess(pid);
  return found === null || started === null || found === started;
}

function statOf(pid: number): { state: string; started: string } | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name, in parentheses, may hold anything; the state is the first field after it, the start the 20th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    return state === undefined || ticks === undefined ? null : { state, started: `${boot} ${ticks}` };
  } catch {
    return null;
  }
}

/**
 * Where process ids mean the same processes: the host, and the namespace of ids where the system has them. Two
 * containers may have one host's name and not see each other's processes.
 */
export function processPlace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
