import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { digestOf, digestOfBytes } from '../../core/digest.ts';
import { contractError } from '../../core/errors.ts';
import type { Embeddings } from '../../clustering/embeddings.ts';
import { NpyWriter, type NpyType } from '../../model/npy-writer.ts';
import { openHashNetwork } from '../../model/gallery-networks.ts';
import { galleryStepFolder } from '../../workspace/layout.ts';
import { readRecord, readRecordIfAny } from '../../workspace/workspace.ts';
import { hashCodes } from '../chip-worker.ts';
import type { CommandContext } from '../command.ts';
import { runGalleryTrainer } from './run-gallery-trainer.ts';

/** `hash.json`, as the trainer leaves it; its own quality figures are passed on. */
const hashSchema = z.object({
  version: z.literal(1),
  bits: z.int().positive(),
  dims: z.int().positive(),
  sha256: z.string(),
  quality: z.record(z.string(), z.unknown()).default({}),
});

export interface MadeHash {
  /** Relative to the workspace. */
  readonly folder: string;
  readonly bits: number;
  readonly sha256: string;
  /** Codes of embeddings, (count, bits / 8). */
  codes(embeddings: Embeddings): Promise<Uint8Array>;
}

export interface HashRequest {
  readonly embeddings: Embeddings;
  /** So many of the first numbers of an embedding decide its code. */
  readonly contentDims: number;
  readonly clusters: Int32Array;
  /** (clusters, contentDims): a chip's cluster is that of the nearest one. */
  readonly means: Float64Array;
  /** Not 0: held out. */
  readonly validation: Uint8Array;
  readonly bits: number;
  readonly seed: number;
}

/** Training steps for so many chips: at most as many as the paper's code makes, fewer where there are few chips. */
const stepsFor = (chips: number): number => Math.min(10_000, Math.max(5000, 10 * chips));

/** Trains (or finds) the hash network of some chips. Throws the errors of the trainer; HASH_DOES_NOT_FIT. */
export async function makeHash(request: HashRequest, context: CommandContext): Promise<MadeHash> {
  const { embeddings, contentDims, clusters, validation, bits, seed } = request;
  const means = Float32Array.from(request.means);
  const maxSteps = stepsFor(embeddings.count);
  const digest = digestOf({
    embeddings: digestOfBytes(
      new Uint8Array(embeddings.data.buffer, embeddings.data.byteOffset, embeddings.data.byteLength),
    ),
    clusters: digestOfBytes(Uint8Array.from(clusters)),
    validation: digestOfBytes(validation),
    spec: { contentDims, means: [...means], bits, seed, maxSteps },
  });
  const folder = galleryStepFolder(context.workspace, 'hashes', digest);
  if ((await readRecordIfAny(join(folder, 'hash.json'), hashSchema)) === null) {
    await runGalleryTrainer(
      {
        command: 'hash',
        label: 'Training the hash network',
        steps: maxSteps,
        folder,
        prepare: async (temporary) => {
          const array = (name: string) => join(temporary, `${name}.npy`);
          await writeArray(array('embeddings'), 'float32', embeddings.data, [
            embeddings.count,
            embeddings.dims,
          ]);
          await writeArray(array('clusters'), 'int32', clusters, [embeddings.count]);
          await writeArray(array('validation'), 'uint8', validation, [embeddings.count]);
          await writeArray(array('means'), 'float32', means, [means.length / contentDims, contentDims]);
          return {
            embeddings: array('embeddings'),
            clusters: array('clusters'),
            validation: array('validation'),
            means: array('means'),
            contentDims,
            bits,
            seed,
            budget: { maxSteps },
          };
        },
      },
      context,
    );
  }
  return openHash(folder, request, context);
}

async function openHash(folder: string, request: HashRequest, context: CommandContext): Promise<MadeHash> {
  const record = await readRecord(join(folder, 'hash.json'), hashSchema);
  const sha256 = digestOfBytes(await readFile(join(folder, 'hash.onnx')));
  if (record.bits !== request.bits || record.dims !== request.embeddings.dims) {
    throw contractError(
      'HASH_DOES_NOT_FIT',
      `The hash network in ${folder} makes ${record.bits} bits of ${record.dims} numbers; asked for are ${request.bits} of ${request.embeddings.dims}.`,
      { hint: 'Remove that folder and build again.', context: { folder } },
    );
  }
  return {
    folder: relative(context.workspace, folder).split('\\').join('/'),
    bits: record.bits,
    sha256,
    async codes(embeddings) {
      const network = await openHashNetwork(folder, sha256);
      try {
        return await hashCodes(network, embeddings.data, { count: embeddings.count, bits: record.bits });
      } finally {
        await network.close();
      }
    },
  };
}

async function writeArray(
  file: string,
  type: NpyType,
  values: Float32Array | Int32Array | Uint8Array,
  shape: readonly number[],
): Promise<void> {
  const writer = await NpyWriter.create(file, type, shape);
  try {
    await writer.write(0, values);
  } finally {
    await writer.close();
  }
}
