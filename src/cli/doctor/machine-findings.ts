import { readFileSync } from 'node:fs';
import { access, constants, link, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { TEMPORARY_MARK } from '../../core/atomic-file.ts';
import { amiss, fine, type Finding } from './finding.ts';

const GIB = 1024 ** 3;
/** Below this a run of a few scenes is likely to end with a full disk. */
const LEAST_DISK_GIB = 5;
/** One worker with the small network and its region, and the coordinator. */
const LEAST_MEMORY_GIB = 2;

const inGiB = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

export function coresFinding(): Finding {
  return fine('Cores', 'map', String(availableParallelism()));
}

export function memoryFinding(): Finding {
  const available = availableMemory();
  const detail = `${inGiB(available)} free of ${inGiB(totalmem())}`;
  if (available >= LEAST_MEMORY_GIB * GIB) return fine('Memory', 'map', detail);
  return amiss({ name: 'Memory', purpose: 'map', state: 'limited' }, detail, {
    cost: 'maps run with one worker and small regions, or are refused',
    remedy: 'close other programs, or run on a machine with more memory',
  });
}

/** What programs can still get: Linux says so itself, file caches included; elsewhere what is unused. */
function availableMemory(): number {
  try {
    const line = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    if (line !== null) return Number(line[1]) * 1024;
  } catch {
    // Not Linux.
  }
  return freemem();
}

/** Room on the workspace's disk, whether it can be written to, and whether it has the hard links the ledger is made of. */
export async function workspaceFindings(workspace: string): Promise<Finding[]> {
  const folder = await nearestFolder(workspace);
  return [await diskFinding(folder), ...(await writingFindings(folder))];
}

async function nearestFolder(path: string): Promise<string> {
  const there = await access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
  return there || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function diskFinding(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const detail = `${inGiB(bavail * bsize)} free for ${folder}`;
  if (bavail * bsize >= LEAST_DISK_GIB * GIB) return fine('Disk', 'map', detail);
  return amiss({ name: 'Disk', purpose: 'map', state: 'limited' }, detail, {
    cost: 'training sets and large maps may not fit; `resflow map plan` says what a run needs',
    remedy: 'free some space, or keep the workspace on another disk: --workspace DIR',
  });
}

async function writingFindings(folder: string): Promise<Finding[]> {
  let probe: string;
  try {
    probe = await mkdtemp(join(folder, `doctor${TEMPORARY_MARK}`));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = {
      cost: 'nothing can be added, trained or mapped here',
      remedy: 'use another: --workspace DIR',
    };
    return [amiss({ name: 'Writing', purpose: 'map', state: 'missing' }, `${folder}: ${reason}`, advice)];
  }
  try {
    return [fine('Writing', 'map', `${folder} can be written to`), await linkFinding(probe)];
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

async function linkFinding(folder: string): Promise<Finding> {
  try {
    await writeFile(join(folder, 'a'), '');
    await link(join(folder, 'a'), join(folder, 'b'));
    return fine('Hard links', 'map', 'work');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return amiss(
      { name: 'Hard links', purpose: 'map', state: 'missing' },
      `this file system refuses them: ${reason}`,
      {
        cost: 'the ledger cannot record finished tasks, so no map can be made here',
        remedy:
          'keep the workspace on a local disk (ext4, xfs, APFS, NTFS), not on FAT or some network shares',
      },
    );
  }
}
