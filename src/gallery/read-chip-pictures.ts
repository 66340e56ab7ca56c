import { openSceneReader } from '../raster/scene-reader.ts';
import type { Partition } from '../workspace/partition-record.ts';
import { checkSceneContract } from '../workspace/scene-contract.ts';
import { sceneGrid, sceneSource } from '../workspace/scene-grid.ts';
import { statisticsOf } from '../workspace/scene-identity.ts';
import { readScene } from '../workspace/scenes.ts';
import { chipPicture } from './chip-picture.ts';

/** Where a chip lies on the gallery's grid of its scene. */
export interface ChipPlace {
  readonly x: number;
  readonly y: number;
  /** Side in pixels. */
  readonly size: number;
}

/**
 * Pictures of chips of one scene, read anew at the gallery's GSD: RGB, (size, size, 3), in the chips' order. Throws NO_SCENE,
 * and the errors of a source that is gone or changed.
 */
export async function readChipPictures(
  root: string,
  scene: string,
  chips: readonly ChipPlace[],
  partition: Pick<Partition, 'bands' | 'gsdMetres'>,
): Promise<Uint8Array[]> {
  const item = await readScene(root, scene);
  const range = { min: 0, max: Number.MAX_VALUE };
  const { bands } = checkSceneContract(item, { bands: partition.bands, gsdRange: range });
  const indices = bands.map(({ index }) => index);
  const reader = await openSceneReader(sceneSource(item, indices), sceneGrid(item, partition.gsdMetres));
  try {
    const pictures: Uint8Array[] = [];
    for (const { x, y, size } of chips) {
      const block = await reader.read({ x, y, width: size, height: size });
      pictures.push(chipPicture(block, statisticsOf(item, indices)));
    }
    return pictures;
  } finally {
    reader.close();
  }
}
