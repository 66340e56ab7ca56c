import { inputError } from '../core/errors.ts';
import type { Window } from '../geo/window.ts';
import { gdalMessage } from './gdal.ts';
import { openRaster } from './open-dataset.ts';

/** One uint8 layer of a map, open for reading. */
export interface OpenLayer {
  readonly width: number;
  readonly height: number;
  /** Stored value * scale = quantity; 1 where the file says nothing. */
  readonly scale: number;
  /** Pixels of a window inside the raster, (height, width). Throws input error READ_FAILED. */
  read(window: Window): Promise<Uint8Array>;
  /** A window shrunk to `width` by `height` pixels by nearest neighbour, from overviews where there are. */
  readShrunk(window: Window, width: number, height: number): Promise<Uint8Array>;
  close(): void;
}

/** Opens the first band of a raster of bytes. Throws the errors of `openRaster`. */
export async function openLayer(path: string): Promise<OpenLayer> {
  const { dataset, bands, width, height } = await openRaster(path);
  const band = bands[0];
  if (band === undefined) throw new RangeError(`${path} has no band`);
  const readInto = async (w: Window, size: { width: number; height: number }) => {
    const data = new Uint8Array(size.width * size.height);
    try {
      await band.pixels.readAsync(w.x, w.y, w.width, w.height, data, {
        buffer_width: size.width,
        buffer_height: size.height,
      });
    } catch (error) {
      throw inputError('READ_FAILED', `${path} cannot be read: ${gdalMessage(error)}`, {
        hint: 'The file is damaged: run the map again.',
        context: { file: path },
        cause: error,
      });
    }
    return data;
  };
  return {
    width,
    height,
    scale: band.scale ?? 1,
    read: (window) => readInto(window, window),
    readShrunk: (window, shrunkWidth, shrunkHeight) =>
      readInto(window, { width: shrunkWidth, height: shrunkHeight }),
    close: () => dataset.close(),
  };
}
