import type { Picture } from './paint.ts';

/** A picture as a data URI: WebP, which keeps both photographs and hard edges small. */
export async function encodePicture({ width, height, rgba }: Picture, quality = 78): Promise<string> {
  const { default: sharp } = await import('sharp');
  const bytes = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .webp({ quality, effort: 3 })
    .toBuffer();
  return `data:image/webp;base64,${bytes.toString('base64')}`;
}
