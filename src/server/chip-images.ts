import type { FastifyReply } from 'fastify';
import sharp from 'sharp';
import { readChipPictures } from '../gallery/read-chip-pictures.ts';
import type { Partition } from '../workspace/partition-record.ts';
import { readCurrentPartition, readSceneChips } from '../workspace/partitions.ts';
import { notFound } from './problem.ts';
import { ByteCache } from './tiles/byte-cache.ts';
import { isKnown } from './tiles/send-picture.ts';
import { WorkLimit } from './work-limit.ts';

/** Pictures that are kept. */
const CACHE_BYTES = 32 * 2 ** 20;
/** Who has come within so long is drawn together: a page asks for dozens at once, and a scene is opened once for them. */
const GATHER_MS = 10;

interface Asked {
  readonly x: number;
  readonly y: number;
  readonly signal: AbortSignal;
  readonly resolve: (picture: Buffer) => void;
  readonly reject: (reason: unknown) => void;
}

/** Draws chips of the gallery, those of one scene together. One for a server. */
export class ChipImages {
  readonly #root: string;
  readonly #cache = new ByteCache<Buffer>(CACHE_BYTES);
  readonly #limit = new WorkLimit({ atOnce: 2, waiting: 500 });
  readonly #gathering = new Map<string, Asked[]>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Sends the picture of a chip; `position` is its ROW-COLUMN. Throws 404 where the gallery has no such chip. */
  async send(
    { scene, position }: { scene: string; position: string },
    request: { readonly signal: AbortSignal; readonly ifNoneMatch: string | string[] | undefined },
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const partition = await readCurrentPartition(this.#root);
    const etag = `"${partition.digest.slice(0, 16)}-${scene}-${position}"`;
    reply.header('cache-control', 'private, max-age=3600').header('etag', etag);
    if (isKnown(request.ifNoneMatch, etag)) return reply.code(304).send();
    const picture =
      this.#cache.get(etag) ?? (await this.#draw(partition, { scene, position }, request.signal));
    this.#cache.set(etag, picture);
    return reply.type('image/webp').send(picture);
  }

  async #draw(
    partition: Partition,
    { scene, position }: { scene: string; position: string },
    signal: AbortSignal,
  ): Promise<Buffer> {
    const [y = 0, x = 0] = position.split('-').map(Number);
    if ((await readSceneChips(this.#root, partition.digest, scene)) === null) {
      throw notFound('NO_CHIP', `Scene '${scene}' is not in the gallery.`, '`resflow gallery add` adds it.');
    }
    if (x % partition.chipPixels !== 0 || y % partition.chipPixels !== 0) {
      throw notFound('NO_CHIP', `No chip of the gallery begins at row ${y}, column ${x}.`);
    }
    return new Promise((resolve, reject) => {
      const asked = this.#gathering.get(scene) ?? [];
      asked.push({ x, y, signal, resolve, reject });
      if (asked.length > 1) return;
      this.#gathering.set(scene, asked);
      setTimeout(() => {
        this.#gathering.delete(scene);
        this.#drawTogether(partition, scene, asked).catch((error: unknown) => {
          for (const one of asked) one.reject(error);
        });
      }, GATHER_MS);
    });
  }

  async #drawTogether(partition: Partition, scene: string, asked: readonly Asked[]): Promise<void> {
    await this.#limit.run(new AbortController().signal, async () => {
      const wanted = asked.filter(({ signal }) => !signal.aborted);
      const size = partition.chipPixels;
      const places = wanted.map(({ x, y }) => ({ x, y, size }));
      const pictures = await readChipPictures(this.#root, scene, places, partition);
      const raw = { width: size, height: size, channels: 3 as const };
      const encoded = await Promise.all(
        pictures.map((rgb) => sharp(rgb, { raw }).webp({ quality: 85 }).toBuffer()),
      );
      for (const [i, picture] of encoded.entries()) wanted[i]?.resolve(picture);
      for (const { signal, reject } of asked) if (signal.aborted) reject(signal.reason);
    });
  }
}
