import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { usageError } from '../core/errors.ts';
import type { AnyDevice } from './device.ts';
import { nvidiaDevices } from './nvidia-devices.ts';
import { simulatedDevices } from './simulated-devices.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where tickets are kept: RESFLOW_TICKETS, else a folder of this user and host in the cache. All who share a device must
 * name the same folder.
 */
export function ticketFolder(env: Environment): string {
  if (env['RESFLOW_TICKETS'] !== undefined && env['RESFLOW_TICKETS'] !== '') return env['RESFLOW_TICKETS'];
  const home = env['HOME'] === undefined || env['HOME'] === '' ? homedir() : env['HOME'];
  const cache = env['XDG_CACHE_HOME'] ?? (home === '' ? tmpdir() : join(home, '.cache'));
  return join(cache, 'resflow', 'tickets', hostname());
}

/**
 * The devices of this host that work may use: those that RESFLOW_DEVICES simulates, else NVIDIA's. RESFLOW_GPUS keeps it
 * to some of them, by their numbers or keys, as Spark assigns them; empty: none. Throws DEVICES_DAMAGED, NVIDIA_SMI and
 * GPU_UNKNOWN.
 */
export async function findDevices(env: Environment): Promise<AnyDevice[]> {
  const assigned = env['RESFLOW_GPUS']?.split(',').flatMap((name) => name.trim() || []);
  if (assigned?.length === 0) return [];
  const declared = env['RESFLOW_DEVICES'];
  const devices =
    declared === undefined || declared === ''
      ? await nvidiaDevices(env)
      : simulatedDevices(declared, ticketFolder(env));
  return assigned === undefined ? devices : chosen(devices, assigned);
}

function chosen(devices: readonly AnyDevice[], assigned: readonly string[]): AnyDevice[] {
  return assigned.map((name) => {
    const found = devices.find(({ key, index }) => key === name || String(index) === name);
    if (found !== undefined) return found;
    const there = devices.map(({ index, name }) => `${index} (${name})`).join(', ');
    throw usageError(
      'GPU_UNKNOWN',
      `RESFLOW_GPUS names GPU '${name}'; ${there === '' ? 'there is none here' : `here are ${there}`}.`,
      { hint: 'Give numbers or UUIDs as `resflow gpu list` shows them, or nothing to map on the CPU.' },
    );
  });
}
