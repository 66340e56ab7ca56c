import { join } from 'node:path';
import { contractError } from '../core/errors.ts';
import { Kept } from '../core/kept.ts';
import {
  bytesOfFloats,
  floatsOf,
  readChipPart,
  writeChipPart,
  type ChipPart,
} from '../embedding/chip-part.ts';
import { embedChips } from '../embedding/embed-chips.ts';
import { encoderSchema, type Encoder } from '../embedding/encoder-record.ts';
import { looksOf, noveltyOf, readLooks, type Looks } from '../embedding/looks.ts';
import { chipTaskReportSchema, type ChipTask, type ChipTaskReport } from '../engine/chip-task.ts';
import { peakResidentMiB } from '../engine/memory.ts';
import { packCodes } from '../hashing/codes.ts';
import { readGalleryWeights } from '../model/read-weights.ts';
import { openGalleryEncoder, openHashNetwork } from '../model/gallery-networks.ts';
import type { VectorNetwork } from '../model/vector-network.ts';
import { LOOKS_FILE, partFile } from '../workspace/layout.ts';
import { fileStore } from '../storage/file-store.ts';
import type { Store } from '../storage/store.ts';
import { readMarkerOf, writeMarker } from '../workspace/ledger.ts';
import { statisticsOf } from '../workspace/scene-identity.ts';
import { readRecord } from '../workspace/workspace.ts';
import { OpenScenes } from './open-scenes.ts';

/** Chips hashed in one run of the network. */
const HASH_BATCH = 1024;

type Vectors = Pick<ChipPart, 'chips'> & {
  readonly embeddings: Float32Array;
  readonly skipped: number;
  readonly seconds: { read: number; inference: number };
};

/** A worker's hands for the gallery: embeds the chips of a region, or gives them their codes. */
export class ChipWorker {
  readonly #root: string;
  readonly #store: Store;
  readonly #encoder = new Kept<{ network: VectorNetwork; record: Encoder }>(({ network }) => network.close());
  readonly #hash = new Kept<VectorNetwork>((network) => network.close());
  readonly #looks = new Kept<Looks>(() => undefined);
  readonly #scenes: OpenScenes;

  /** `roots`: storage that scenes may be read from; null: any. */
  constructor(root: string, roots: readonly string[] | null) {
    this.#root = root;
    this.#scenes = new OpenScenes(root, roots, 1);
    this.#store = fileStore(root);
  }

  /** Executes one task, unless its marker is there: part file first, then the marker, each only if absent. */
  async run(
    task: ChipTask,
    progress: (chips: number, total: number) => void,
  ): Promise<{ reused: boolean; report: ChipTaskReport }> {
    const finished = await readMarkerOf(this.#store, task.id, chipTaskReportSchema);
    if (finished !== null) return { reused: true, report: finished };
    const started = performance.now();
    const vectors = (await this.#embedded(task)) ?? (await this.#embed(task, progress));
    const part =
      task.hash === null
        ? partOf('embeddings', vectors, bytesOfFloats(vectors.embeddings))
        : partOf('codes', vectors, await this.#coded(task.hash, task.looks, vectors));
    const written = await writeChipPart(partFile(this.#root, task.id), part);
    const report: ChipTaskReport = {
      task: task.id,
      partBytes: written.bytes,
      partSha256: written.sha256,
      chips: vectors.chips.length,
      chipsSkipped: vectors.skipped,
      seconds: { total: (performance.now() - started) / 1000, ...vectors.seconds },
      peakMemoryMiB: Math.round(peakResidentMiB()),
    };
    await writeMarker(this.#store, report);
    return { reused: false, report };
  }

  /** What the embedding task of the same chips left, if it was done. */
  async #embedded(task: ChipTask): Promise<Vectors | null> {
    if (task.embeddedBy === null) return null;
    const report = await readMarkerOf(this.#store, task.embeddedBy, chipTaskReportSchema);
    if (report === null) return null;
    const part = await readChipPart(partFile(this.#root, task.embeddedBy));
    const seconds = { read: 0, inference: 0 };
    return { chips: part.chips, embeddings: floatsOf(part), skipped: report.chipsSkipped, seconds };
  }

  async #embed(task: ChipTask, progress: (chips: number, total: number) => void): Promise<Vectors> {
    const { network, record } = await this.#openEncoder(task.encoder);
    const { item, grid, reader } = await this.#scenes.get(task, task.bands);
    return embedChips(
      { task, grid, normalisation: record.normalisation, statistics: statisticsOf(item, task.bands) },
      { reader, encoder: network, progress },
    );
  }

  /** A code for each chip, and behind it how new the chip looks, where that is asked. */
  async #coded(
    hash: NonNullable<ChipTask['hash']>,
    looks: ChipTask['looks'],
    vectors: Vectors,
  ): Promise<Uint8Array> {
    const codes = await this.#codes(hash, vectors);
    const count = vectors.chips.length;
    if (looks === null || count === 0) return codes;
    const known = await this.#looks.get(looks.sha256, async () => {
      const file = join(this.#root, hash.folder, LOOKS_FILE);
      return readLooks(await readGalleryWeights(file, looks.sha256), looks.dims);
    });
    const own = { count, dims: vectors.embeddings.length / count, data: vectors.embeddings };
    const novelty = bytesOfFloats(noveltyOf(looksOf(own, looks.dims), known));
    return interleaved(codes, novelty, count);
  }

  async #codes(hash: NonNullable<ChipTask['hash']>, vectors: Vectors): Promise<Uint8Array> {
    const count = vectors.chips.length;
    const network = await this.#hash.get(hash.sha256, () =>
      openHashNetwork(join(this.#root, hash.folder), hash.sha256),
    );
    return hashCodes(network, vectors.embeddings, { count, bits: hash.bits });
  }

  #openEncoder({ folder, sha256 }: ChipTask['encoder']) {
    return this.#encoder.get(sha256, async () => {
      const where = join(this.#root, folder);
      const record = await readRecord(join(where, 'encoder.json'), encoderSchema);
      return { network: await openGalleryEncoder(where, sha256), record };
    });
  }
}

const partOf = (content: ChipPart['content'], { chips }: Vectors, data: Uint8Array): ChipPart => ({
  content,
  chips,
  // A region without chips still says how wide they would be.
  width: chips.length === 0 ? 1 : data.length / chips.length,
  data,
});

/** Rows of both, side by side. */
function interleaved(first: Uint8Array, second: Uint8Array, rows: number): Uint8Array {
  const [a, b] = [first.length / rows, second.length / rows];
  const whole = new Uint8Array(first.length + second.length);
  for (let row = 0; row < rows; row += 1) {
    whole.set(first.subarray(row * a, (row + 1) * a), row * (a + b));
    whole.set(second.subarray(row * b, (row + 1) * b), row * (a + b) + a);
  }
  return whole;
}

/** Codes of embeddings (count, dims). Throws contract error MODEL_OUTPUT where the network gives other bits. */
export async function hashCodes(
  network: VectorNetwork,
  embeddings: Float32Array,
  { count, bits }: { count: number; bits: number },
): Promise<Uint8Array> {
  const codes = new Uint8Array((count * bits) / 8);
  const dims = embeddings.length / Math.max(1, count);
  for (let from = 0; from < count; from += HASH_BATCH) {
    const n = Math.min(HASH_BATCH, count - from);
    const { data, dims: got } = await network.run(embeddings.slice(from * dims, (from + n) * dims), [
      n,
      dims,
    ]);
    if (got !== bits) {
      throw contractError('MODEL_OUTPUT', `The hash network gives ${got} bits, its record says ${bits}.`, {
        hint: 'Build the gallery again.',
        context: { limit: bits, actual: got },
      });
    }
    codes.set(packCodes(data, bits).data, (from * bits) / 8);
  }
  return codes;
}
