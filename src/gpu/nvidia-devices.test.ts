import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { findDevices } from './find-devices.ts';
import { parseComputeApps, visibleGpus } from './nvidia-devices.ts';

const root = temporaryFolder('nvidia');

/** As nvidia-smi 550 prints it on a machine with two A100. */
const GPUS = `0, GPU-5a1c0e4b-7f0b-1c9e-2f7d-0a4e8f6f2b11, NVIDIA A100-SXM4-40GB, 40960, 1043
1, GPU-c1d2e3f4-9a8b-7c6d-5e4f-3a2b1c0d9e8f, NVIDIA A100-SXM4-40GB, 40960, 4
`;
const APPS = `GPU-5a1c0e4b-7f0b-1c9e-2f7d-0a4e8f6f2b11, 4711, 1036
GPU-5a1c0e4b-7f0b-1c9e-2f7d-0a4e8f6f2b11, 4712, [N/A]
`;

/** An environment whose `nvidia-smi` is this shell script. */
function withProgram(name: string, script: string): { PATH: string } {
  const bin = join(root, name);
  mkdirSync(bin);
  writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\n${script}`);
  chmodSync(join(bin, 'nvidia-smi'), 0o755);
  return { PATH: `${bin}:/usr/bin:/bin` };
}
const recorded = withProgram(
  'recorded',
  `case "$1" in --query-gpu=*) printf '%s' '${GPUS}';; *) printf '%s' '${APPS}';; esac\n`,
);

it('finds the GPUs that nvidia-smi lists, with what is used on them', async () => {
  const devices = await findDevices(recorded);
  expect(devices).toMatchObject([
    { key: 'GPU-5a1c0e4b-7f0b-1c9e-2f7d-0a4e8f6f2b11', kind: 'cuda', index: 0, ordinal: 0, memoryMiB: 40960 },
    { index: 1, ordinal: 1, name: 'NVIDIA A100-SXM4-40GB' },
  ]);
  expect(await Promise.all(devices.map((device) => device.usedMiB()))).toEqual([1043, 4]);
});

it('keeps to those that were assigned, by number or UUID, and to those that CUDA sees', async () => {
  const one = await findDevices({ ...recorded, RESFLOW_GPUS: '1' });
  expect(one.map(({ index }) => index)).toEqual([1]);
  const byKey = await findDevices({ ...recorded, RESFLOW_GPUS: one[0]?.key });
  expect(byKey.map(({ index }) => index)).toEqual([1]);
  const seen = await findDevices({ ...recorded, CUDA_VISIBLE_DEVICES: '1,0' });
  expect(seen).toMatchObject([
    { index: 1, ordinal: 0 },
    { index: 0, ordinal: 1 },
  ]);
  expect(await findDevices({ ...recorded, CUDA_VISIBLE_DEVICES: '' })).toEqual([]);
  expect(await findDevices({ ...recorded, RESFLOW_GPUS: '' })).toEqual([]);
  await expect(findDevices({ ...recorded, RESFLOW_GPUS: '2' })).rejects.toMatchObject({
    code: 'GPU_UNKNOWN',
  });
});

it('stops at the first GPU that CUDA does not know, as CUDA does', () => {
  const gpu = (index: number) => ({ index, uuid: `GPU-${index}`, name: '', memoryMiB: 1, usedMiB: 0 });
  expect(visibleGpus([gpu(0), gpu(1)], '1,7,0').map(({ index }) => index)).toEqual([1]);
  expect(visibleGpus([gpu(0), gpu(1)], 'GPU-1').map(({ index }) => index)).toEqual([1]);
});

it('knows what a process uses, where the driver tells', () => {
  const gpu = 'GPU-5a1c0e4b-7f0b-1c9e-2f7d-0a4e8f6f2b11';
  expect(parseComputeApps(APPS, gpu, 4711)).toBe(1036);
  expect(parseComputeApps(APPS, gpu, 4712)).toBeNull();
  expect(parseComputeApps(APPS, gpu, 1)).toBeNull();
});

it('finds none without the program, and says why where it fails', async () => {
  expect(await findDevices({ PATH: root })).toEqual([]);
  const failing = withProgram(
    'failing',
    'echo "NVIDIA-SMI has failed because it could not communicate" >&2; exit 9',
  );
  await expect(findDevices(failing)).rejects.toMatchObject({ code: 'NVIDIA_SMI' });
});
