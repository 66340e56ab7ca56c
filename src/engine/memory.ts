import { readFileSync } from 'node:fs';

const PAGE_BYTES = 4096;
const MIB = 1024 * 1024;

/** Resident memory of a process in MiB; null where it is gone or the system does not tell (not Linux). */
export function residentMiB(pid: number | 'self'): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return Number.isFinite(pages) ? (pages * PAGE_BYTES) / MIB : null;
  } catch {
    return null;
  }
}

/** The highest resident memory this process has had, MiB. */
export function peakResidentMiB(): number {
  return process.resourceUsage().maxRSS / 1024;
}
