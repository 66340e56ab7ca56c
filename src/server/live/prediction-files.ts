import { randomUUID } from 'node:crypto';
import { applyAffine } from '../../geo/affine.ts';
import type { Window } from '../../geo/window.ts';
import { gdal } from '../../raster/gdal.ts';
import { parseCrs } from '../../raster/crs.ts';
import sharp from 'sharp';
import type { LivePlan } from './live-plan.ts';

/** A window of a plan with the pixels of its layers. */
export interface Prediction {
  readonly plan: LivePlan;
  readonly window: Window;
  readonly layers: Readonly<Record<string, Uint8Array>>;
}

/** A GeoTIFF with a band a layer, described by name. */
export async function predictionTiff({ plan, window, layers }: Prediction): Promise<Buffer> {
  const { width, height } = window;
  const bands = plan.layers.filter(({ name }) => layers[name] !== undefined);
  const dataset = await gdal.openAsync('', 'w', 'MEM', width, height, bands.length, gdal.GDT_Byte);
  const file = `/vsimem/${randomUUID()}.tif`;
  try {
    const [x, y] = applyAffine(plan.grid.transform, window.x, window.y);
    const [, a1, a2, , a4, a5] = plan.grid.transform;
    dataset.geoTransform = [x, a1, a2, y, a4, a5];
    dataset.srs = parseCrs(plan.wkt);
    for (const [i, { name, noData }] of bands.entries()) {
      const band = dataset.bands.get(i + 1);
      band.setMetadata({ layer: name });
      band.noDataValue = noData;
      await band.pixels.writeAsync(0, 0, width, height, layers[name] ?? new Uint8Array(width * height));
    }
    const options = ['COMPRESS=DEFLATE', 'TILED=YES'];
    (await gdal.drivers.get('GTiff').createCopyAsync(file, dataset, options)).close();
    return Buffer.from(gdal.vsimem.release(file));
  } finally {
    dataset.close();
  }
}

/** The classes in their colours, as sure as they are opaque where `soft`; transparent without data. */
export async function predictionPng({ plan, window, layers }: Prediction, soft: boolean): Promise<Buffer> {
  const { width, height } = window;
  const classes = layers['class'] ?? new Uint8Array(width * height);
  const confidence = layers['confidence'];
  const spec = plan.layers.find(({ name }) => name === 'class');
  const colours = new Map(
    spec?.palette?.map(({ value, colour }) => [value, Number.parseInt(colour.slice(1), 16)]),
  );
  const rgba = Buffer.alloc(4 * width * height);
  for (let i = 0; i < classes.length; i += 1) {
    const value = classes[i] ?? 0;
    if (value === spec?.noData) continue;
    const opacity = soft ? (confidence?.[i] ?? 255) : 255;
    rgba.writeUInt32BE((colours.get(value) ?? 0x888888) * 256 + opacity, 4 * i);
  }
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 6 })
    .toBuffer();
}
