import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { inputError } from '../core/errors.ts';
import type { SimulatedDevice } from './device.ts';
import { DeviceTimeline } from './device-timeline.ts';

/** What RESFLOW_DEVICES declares. Docs: docs/gpu.md. */
export const simulatedDevicesSchema = z.strictObject({
  version: z.literal(1),
  /** Each batch becomes a line of `use.jsonl` in the device's folder beside the tickets. */
  log: z.boolean().default(false),
  devices: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
        memoryMiB: z.int().positive(),
        megapixelsPerSecond: z.number().positive(),
        /** Latency of a batch, beside what its pixels take. */
        batchMs: z.number().nonnegative().default(0),
        /** What an open model takes, and what each megapixel of a batch takes beside it. */
        modelMiB: z.int().positive().default(512),
        megapixelMiB: z.number().nonnegative().default(0),
      }),
    )
    .min(1)
    .refine((devices) => new Set(devices.map(({ name }) => name)).size === devices.length, {
      message: 'two devices of one name',
    }),
});
type Declaration = z.infer<typeof simulatedDevicesSchema>;

/**
 * The simulated devices that RESFLOW_DEVICES declares: JSON, or the path of a file that holds it. Devices of one name are
 * one device for all processes of this host that share `folder`. Throws input error DEVICES_DAMAGED.
 */
export function simulatedDevices(declared: string, folder: string): SimulatedDevice[] {
  const { devices, log } = readDeclaration(declared);
  return devices.map((device, index) => simulatedDevice(device, index, { folder, log }));
}

/** Where a device keeps what its batches leave. */
export const deviceFolder = (folder: string, key: string): string =>
  join(folder, 'devices', createHash('sha256').update(key).digest('hex').slice(0, 16));

function simulatedDevice(
  { name, memoryMiB, megapixelsPerSecond, batchMs, modelMiB, megapixelMiB }: Declaration['devices'][number],
  index: number,
  { folder, log }: { folder: string; log: boolean },
): SimulatedDevice {
  const key = `simulated ${hostname()} ${name}`;
  const timeline = new DeviceTimeline(deviceFolder(folder, key), { log });
  return {
    key,
    kind: 'simulated',
    name,
    index,
    memoryMiB,
    usedMiB: () => Promise.resolve(0),
    needMiB: ({ megapixels }) => Math.ceil(modelMiB + megapixelMiB * megapixels),
    compute: async ({ megapixels }) => {
      await timeline.spend(batchMs + (1000 * megapixels) / megapixelsPerSecond);
    },
  };
}

function readDeclaration(declared: string): Declaration {
  const inline = declared.trimStart().startsWith('{');
  try {
    const json: unknown = JSON.parse(inline ? declared : readFileSync(declared, 'utf8'));
    return simulatedDevicesSchema.parse(json);
  } catch (error) {
    const why =
      error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : '';
    throw inputError(
      'DEVICES_DAMAGED',
      `RESFLOW_DEVICES (${inline ? 'JSON' : declared}) declares no devices: ${why}`,
      {
        hint: 'docs/gpu.md has an example; unset it to use what this machine has.',
        cause: error,
      },
    );
  }
}
