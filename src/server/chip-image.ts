import type { FastifyReply } from 'fastify';
import sharp from 'sharp';
import { chipNamed } from '../gallery/find-chips.ts';
import { readChipPictures } from '../gallery/read-chip-pictures.ts';
import { sceneChipsFolder } from '../workspace/layout.ts';
import { readCurrentPartition, readSceneChips } from '../workspace/partitions.ts';
import { notFound } from './problem.ts';
import { WorkLimit } from './work-limit.ts';

/** Pictures drawn at the same time; the others wait. */
const drawing = new WorkLimit({ atOnce: 2, waiting: 500 });

/** Sends the picture of a chip. Throws 404 where the gallery has none of that name. */
export async function chipImage(
  root: string,
  { scene, position }: { scene: string; position: string },
  { signal, reply }: { signal: AbortSignal; reply: FastifyReply },
): Promise<FastifyReply> {
  const partition = await readCurrentPartition(root);
  if ((await readSceneChips(root, partition.digest, scene)) === null) {
    throw notFound('NO_CHIP', `Scene '${scene}' is not in the gallery.`, '`resflow gallery add` adds it.');
  }
  const picture = await drawing.run(signal, async () => {
    const chip = await chipNamed([sceneChipsFolder(root, partition.digest, scene)], `${scene}/${position}`);
    const [rgb] = await readChipPictures(root, scene, [chip], partition);
    const raw = { width: chip.size, height: chip.size, channels: 3 as const };
    return sharp(rgb, { raw }).webp({ quality: 85 }).toBuffer();
  });
  return reply
    .type('image/webp')
    .header('cache-control', 'private, max-age=3600')
    .header('etag', `"${partition.digest.slice(0, 16)}-${scene}-${position}"`)
    .send(picture);
}
