import { contactSheet, type SheetTile } from '../../gallery/contact-sheet.ts';
import type { FoundChip } from '../../gallery/find-chips.ts';
import { readChipPictures } from '../../gallery/read-chip-pictures.ts';
import type { Partition } from '../../workspace/partition-record.ts';
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
    await readChipPictures(context.workspace, scene, own, partition).then(
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
