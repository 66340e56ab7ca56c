import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeJsonAtomic } from '../core/atomic-file.ts';
import { systemErrorCode } from '../core/errors.ts';
import type { DeviceKind } from './device.ts';

const recordSchema = z.object({ version: z.literal(1), memoryMiB: z.int().positive() });

/** A model on a kind of device. */
export interface ModelOnDevice {
  readonly sha256: string;
  readonly kind: DeviceKind;
}

const MIB = 1024 * 1024;
const WEIGHTS_FACTOR = 2;
/** 1 KiB a pixel, as the small U-Nets take, for an input of one megapixel. */
const ACTIVATIONS_MIB = 1024;
/** What a CUDA context and its libraries take before any model. */
const CONTEXT_MIB: Readonly<Record<DeviceKind, number>> = { cuda: 512, simulated: 0 };

/**
 * What is assumed of a model that never ran on such a device: twice the size of its file, a gigabyte of activations, and
 * what the device takes for a process. Its first run measures it.
 */
export const guessMiB = (kind: DeviceKind, fileBytes: number): number =>
  Math.ceil(CONTEXT_MIB[kind] + (WEIGHTS_FACTOR * fileBytes) / MIB + ACTIVATIONS_MIB);

const fileOf = (folder: string, { sha256, kind }: ModelOnDevice): string =>
  join(folder, 'memory', `${kind}-${sha256 === '' ? 'noop' : sha256}.json`);

/** What a model took when it last ran on such a device, MiB; null where nobody measured it. */
export async function rememberedMiB(folder: string, model: ModelOnDevice): Promise<number | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(fileOf(folder, model), 'utf8'))).memoryMiB;
  } catch (error) {
    // What is damaged is measured again.
    if (systemErrorCode(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError)
      return null;
    throw error;
  }
}

/** Remembers what a model took. */
export const rememberMiB = (folder: string, model: ModelOnDevice, memoryMiB: number): Promise<void> =>
  writeJsonAtomic(fileOf(folder, model), { version: 1, memoryMiB: Math.ceil(memoryMiB) });
