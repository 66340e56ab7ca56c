import { escapeXml } from '../raster/gdal-metadata.ts';

/** One picture of a sheet with what is written under it. */
export interface SheetTile {
  /** (side, side, 3); null where the pixels cannot be read any more: an empty frame. */
  readonly picture: Uint8Array | null;
  readonly side: number;
  readonly caption: string;
}

export interface Sheet {
  readonly title: string;
  readonly subtitle: string;
  readonly tiles: readonly SheetTile[];
}

const TILE = 160;
const GAP = 10;
const CAPTION = 20;
const HEAD = 64;
const MOST_COLUMNS = 8;
/** About what fits under a picture in the captions' size. */
const MOST_CHARACTERS = 27;
const FONT = 'DejaVu Sans, Liberation Sans, Arial, sans-serif';

/** Pictures side by side with their captions, as PNG. The same sheet gives the same bytes. */
export async function contactSheet({ title, subtitle, tiles }: Sheet): Promise<Buffer> {
  const columns = Math.max(4, Math.min(MOST_COLUMNS, tiles.length));
  const rows = Math.max(1, Math.ceil(tiles.length / columns));
  const width = GAP + columns * (TILE + GAP);
  const height = HEAD + rows * (TILE + CAPTION + GAP);
  const at = (i: number) => ({
    left: GAP + (i % columns) * (TILE + GAP),
    top: HEAD + Math.floor(i / columns) * (TILE + CAPTION + GAP),
  });
  const captions = tiles.map(({ caption }, i) => {
    const { left, top } = at(i);
    const y = top + TILE + 14;
    return `<rect x="${left}" y="${top}" width="${TILE}" height="${TILE}" fill="#e4e7eb"/>${text(left, y, shortened(caption), { size: 10, fill: '#52606d' })}`;
  });
  const page = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#ffffff"/>${text(GAP, 28, title, { size: 18, fill: '#1f2933' })}${text(GAP, 50, subtitle, { size: 12, fill: '#52606d' })}${captions.join('')}</svg>`;
  const { default: sharp } = await import('sharp');
  const pictures = await Promise.all(
    tiles.map(async ({ picture, side }, i) =>
      picture === null
        ? null
        : {
            input: await sharp(picture, { raw: { width: side, height: side, channels: 3 } })
              .resize(TILE, TILE)
              .png()
              .toBuffer(),
            ...at(i),
          },
    ),
  );
  return sharp(Buffer.from(page))
    .composite(pictures.filter((picture) => picture !== null))
    .png()
    .toBuffer();
}

/** A caption that fits under its picture: the middle of a long one is left out, as scenes and windows are told at the ends. */
function shortened(caption: string): string {
  const excess = caption.length - MOST_CHARACTERS;
  if (excess <= 0) return caption;
  const kept = Math.floor((MOST_CHARACTERS - 1) / 3);
  return `${caption.slice(0, kept)}…${caption.slice(kept + excess + 1)}`;
}

const text = (
  x: number,
  y: number,
  content: string,
  { size, fill }: { size: number; fill: string },
): string =>
  `<text x="${x}" y="${y}" font-family="${FONT}" font-size="${size}" fill="${fill}">${escapeXml(content)}</text>`;
