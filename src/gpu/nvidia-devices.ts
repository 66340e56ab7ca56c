import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { resourceError } from '../core/errors.ts';
import type { CudaDevice } from './device.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const execute = promisify(execFile);
const GPUS = '--query-gpu=index,uuid,name,memory.total,memory.used';
const APPS = '--query-compute-apps=gpu_uuid,pid,used_memory';
const ANSWER_MS = 20_000;
/** Use is asked for while a request waits; the answer takes a tenth of a second and more. */
const FRESH_MS = 2000;

const rowSchema = z.tuple([
  z.coerce.number().int(),
  z.string().min(1),
  z.string(),
  z.coerce.number().positive(),
  z.coerce.number().nonnegative(),
]);

export interface NvidiaGpu {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly memoryMiB: number;
  readonly usedMiB: number;
}

/** The lines of `nvidia-smi --query-gpu=index,uuid,name,memory.total,memory.used`; a GPU that reports no memory is left out. */
export const parseNvidiaSmi = (text: string): NvidiaGpu[] =>
  text.split('\n').flatMap((line) => {
    const row = rowSchema.safeParse(line.split(',').map((cell) => cell.trim()));
    if (!row.success) return [];
    const [index, uuid, name, memoryMiB, usedMiB] = row.data;
    return [{ index, uuid, name, memoryMiB: Math.floor(memoryMiB), usedMiB }];
  });

/** The lines of `nvidia-smi --query-compute-apps=gpu_uuid,pid,used_memory`: what a process uses on a GPU; null where it is not there or not told. */
export function parseComputeApps(text: string, uuid: string, pid: number): number | null {
  for (const line of text.split('\n')) {
    const [gpu, id, used] = line.split(',').map((cell) => cell.trim());
    if (gpu !== uuid || Number(id) !== pid) continue;
    const mib = Number(used);
    return Number.isFinite(mib) && mib > 0 ? mib : null;
  }
  return null;
}

/**
 * The NVIDIA GPUs that CUDA sees here, as `nvidia-smi` lists them; none where there is no such program. A GPU divided by
 * MIG counts as one. Throws NVIDIA_SMI.
 */
export async function nvidiaDevices(env: Environment): Promise<CudaDevice[]> {
  const gpus = visibleGpus(await listGpus(env), env['CUDA_VISIBLE_DEVICES']);
  let asked = { at: performance.now(), gpus };
  const usedMiB = async (uuid: string): Promise<number> => {
    if (performance.now() - asked.at > FRESH_MS) asked = { at: performance.now(), gpus: await listGpus(env) };
    return asked.gpus.find((gpu) => gpu.uuid === uuid)?.usedMiB ?? 0;
  };
  return gpus.map(({ index, uuid, name, memoryMiB }, ordinal) => ({
    key: uuid,
    kind: 'cuda',
    name,
    index,
    memoryMiB,
    ordinal,
    usedMiB: () => usedMiB(uuid),
    ownMiB: async () => parseComputeApps(await nvidiaSmi(APPS, env), uuid, process.pid),
  }));
}

/** GPUs in the order in which CUDA counts those that CUDA_VISIBLE_DEVICES leaves; it stops at the first that it does not know. */
export function visibleGpus(gpus: readonly NvidiaGpu[], visible: string | undefined): NvidiaGpu[] {
  if (visible === undefined) return [...gpus];
  const seen: NvidiaGpu[] = [];
  for (const name of visible.split(',').map((part) => part.trim())) {
    const gpu = gpus.find(
      ({ index, uuid }) => String(index) === name || (name !== '' && uuid.startsWith(name)),
    );
    if (gpu === undefined) break;
    seen.push(gpu);
  }
  return seen;
}

const listGpus = async (env: Environment): Promise<NvidiaGpu[]> => parseNvidiaSmi(await nvidiaSmi(GPUS, env));

/** What nvidia-smi prints; nothing where there is no such program. */
async function nvidiaSmi(query: string, env: Environment): Promise<string> {
  try {
    const options = { env: { ...env }, timeout: ANSWER_MS };
    return (await execute('nvidia-smi', [query, '--format=csv,noheader,nounits'], options)).stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    const why = error instanceof Error ? error.message.trim() : String(error);
    throw resourceError('NVIDIA_SMI', `nvidia-smi does not say which GPUs there are: ${why}`, {
      hint: 'Run it by hand; its driver may not be loaded. RESFLOW_GPUS="" maps on the CPU.',
      cause: error,
    });
  }
}
