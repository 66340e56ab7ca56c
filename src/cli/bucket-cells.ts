import { contractError } from '../core/errors.ts';
import { sceneCells } from '../gallery/scene-cells.ts';
import { codeOfText } from '../hashing/codes.ts';
import { hammingDistance } from '../hashing/hamming.ts';
import { identityChanges } from '../raster/source-identity.ts';
import { placeCells, type BucketFile, type SceneBuckets } from '../training/bucket-file.ts';
import type { PlannedScene } from '../training/write-scene-arrays.ts';
import { sceneChipsFolder } from '../workspace/layout.ts';
import type { Partition } from '../workspace/partition-record.ts';
import { readSceneChips } from '../workspace/partitions.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import { isUnknown } from '../workspace/unknown-chip.ts';
import type { PreparedTraining } from './prepare-training.ts';

/** Throws contract error NOT_IN_GALLERY unless all scenes have codes, of the image that they have now. */
export async function inGallery(
  root: string,
  partition: Partition,
  scenes: readonly Pick<PlannedScene, 'item'>[],
): Promise<void> {
  const missing: string[] = [];
  for (const { item } of scenes) {
    const record = await readSceneChips(root, partition.digest, item.id);
    if (record === null || identityChanges(record.source, item.properties['resflow:source']).length > 0)
      missing.push(item.id);
  }
  if (missing.length === 0) return;
  throw contractError(
    'NOT_IN_GALLERY',
    `${missing.length} scene(s) of the training set have no codes in the gallery: ${missing.join(', ')}.`,
    {
      hint: `Add them with \`resflow gallery add --scenes ${missing.join(',')}\`; one whose image was replaced needs another \`gallery build\`.`,
      context: { scenes: missing, partition: partition.digest },
    },
  );
}

/** Which bucket each part of a training set's scenes belongs to. */
export async function bucketsOf(
  root: string,
  partition: Partition,
  { scenes, built }: PreparedTraining,
): Promise<BucketFile> {
  const { chipPixels, gsdMetres, digest, unknown } = partition;
  const test = { farBits: partition.quality.farBits, unknown };
  const placed: SceneBuckets[] = [];
  for (const { item, grid } of scenes) {
    const cells = await sceneCells(sceneChipsFolder(root, digest, item.id), unknown !== undefined);
    const known = cells.filter((cell) => !isUnknown(test, cell));
    const grids = { training: grid, gallery: sceneGrid(item, gsdMetres), chipPixels };
    // A scene that is cut into blocks is two scenes of the set, with the same pixels.
    const ids = built.set.scenes.filter(({ image }) => image === `${item.id}.image.npy`).map(({ id }) => id);
    placed.push(...ids.map((id) => placeCells(id, known, grids)));
  }
  return {
    version: 1,
    partition: digest,
    codes: partition.buckets.map(({ code }) => code),
    scenes: placed,
  };
}

/** Bits between the centroid codes of two buckets. */
export function bitsBetween({ buckets }: Partition): (a: number, b: number) => number {
  const codes = buckets.map(({ code }) => codeOfText(code));
  const of = (bucket: number) => codes[bucket] ?? new Uint8Array();
  return (a, b) => hammingDistance(of(a), of(b));
}
