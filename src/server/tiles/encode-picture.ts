import sharp from 'sharp';
import { bytesOf, emptyCanvas, isOpaque, type Canvas } from './canvas.ts';

export const PICTURE_FORMATS = ['png', 'webp', 'jpg'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

/** `auto`: JPEG where all of a picture is imagery, PNG where some of it is transparent or it has flat colours. */
export const ASKED_FORMATS = ['auto', ...PICTURE_FORMATS] as const;
export type AskedFormat = (typeof ASKED_FORMATS)[number];

export const MEDIA_TYPES: Readonly<Record<PictureFormat, string>> = {
  png: 'image/png',
  webp: 'image/webp',
  jpg: 'image/jpeg',
};

/** Tiles are coded side by side, each by one thread. */
sharp.concurrency(1);
sharp.cache(false);

/** Quick rather than small: a tile is looked at once by most, and the first who asks waits. */
const QUALITY = 80;

/** Codes a picture. JPEG has no transparency: there white stands for nothing. `hardEdges`: few flat colours. */
export async function encodePicture(canvas: Canvas, asked: AskedFormat, hardEdges: boolean): Promise<Buffer> {
  const { width, height } = canvas;
  const picture = sharp(bytesOf(canvas), { raw: { width, height, channels: 4 } });
  const opaque = isOpaque(canvas);
  const format = asked === 'auto' ? (opaque && !hardEdges ? 'jpg' : 'png') : asked;
  if (format === 'jpg') {
    return (opaque ? picture.removeAlpha() : picture.flatten({ background: '#ffffff' }))
      .jpeg({ quality: QUALITY })
      .toBuffer();
  }
  const shown = opaque ? picture.removeAlpha() : picture;
  if (format === 'webp') {
    return shown.webp(hardEdges ? { lossless: true, effort: 0 } : { quality: QUALITY, effort: 0 }).toBuffer();
  }
  return shown.png({ compressionLevel: hardEdges ? 3 : 1, adaptiveFiltering: false }).toBuffer();
}

const blanks = new Map<string, Promise<Buffer>>();

/** The picture that shows nothing, made once for each size that map tiles have. */
export function blankPicture(width: number, height: number, format: AskedFormat): Promise<Buffer> {
  const key = `${width} ${height} ${format}`;
  let made = blanks.get(key);
  if (made === undefined) {
    made = encodePicture(emptyCanvas(width, height), format, true);
    if (blanks.size < 16) blanks.set(key, made);
  }
  return made;
}

/** The media type of a picture that was coded here, by its first bytes. */
export function mediaTypeOf(picture: Uint8Array): string {
  const [first] = picture;
  return MEDIA_TYPES[first === 0xff ? 'jpg' : first === 0x89 ? 'png' : 'webp'];
}
