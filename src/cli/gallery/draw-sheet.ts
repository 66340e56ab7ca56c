import { chipPicture } from '../../gallery/chip-picture.ts';
import { contactSheet, type SheetTile } from '../../gallery/contact-sheet.ts';
import type { FoundChip } from '../../gallery/find-chips.ts';
import { openSceneReader } from '../../raster/scene-reader.ts';
import type { Partition } from '../../workspace/partition-record.ts';
import { checkSceneContract } from '../../workspace/scene-contract.ts';
import { sceneGrid, sceneSource } from '../../workspace/scene-grid.ts';
import { statisticsOf } from '../../workspace/scene-identity.ts';
import { readScene } from '../../workspace/scenes.ts';
import { toResflowError } from '../../core/errors.ts';
import type { CommandContext } from '../command.ts';

export interface SheetRequest {
  readonly title: string;
  readonly subtitle: string;
  readonly chips: readonly (FoundChip & { readonly caption: string })[];
}

/**
 * A contact sheet of chips, read anew from their scenes at the gallery's GSD. A chip whose scene was removed or whose
 * source is gone or changed gets an empty frame.
 */
export async function drawSheet(
  { title, subtitle, chips }: SheetRequest,
  partition: Partition,
  context: CommandContext,
): Promise<Buffer> {
  const pictures = new Map<string, Uint8Array>();
  for (const scene of new Set(chips.map((chip) => chip.scene))) {
    context.signal.throwIfAborted();
    const own = chips.filter((chip) => chip.scene === scene);
    await readPictures(scene, own, partition, context).then(
      (read) => read.forEach((picture, i) => pictures.set(own[i]?.id ?? '', picture)),
      (error: unknown) => {
        const { message } = toResflowError(error);
        context.log.warn({ scene, reason: message }, 'chips without a picture');
      },
    );
  }
  const tiles = chips.map(({ id, size, caption }): SheetTile => ({
    picture: pictures.get(id) ?? null,
    side: size,
    caption,
  }));
  return contactSheet({ title, subtitle, tiles });
}

async function readPictures(
  scene: string,
  chips: readonly FoundChip[],
  partition: Partition,
  context: CommandContext,
): Promise<Uint8Array[]> {
  const item = await readScene(context.workspace, scene);
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
