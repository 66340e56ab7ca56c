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
  /** As `read`, into an array that is there already, and may be shared between threads. */
  readInto(window: Window, data: Uint8Array): Promise<void>;
  /** A window shrunk to `width` by `height` pixels by nearest neighbour, from overviews where there are. */
  readShrunk(window: Window, width: number, height: number): Promise<Uint8Array>;
  close(): void;
}

/** Opens the first band of a raster of bytes. Throws the errors of `openRaster`. */
export async function openLayer(path: string): Promise<OpenLayer> {
  const { dataset, bands, width, height } = await openRaster(path);
  const band = bands[0];
  if (band === undefined) throw new RangeError(`${path} has no band`);
  const fill = async (data: Uint8Array, w: Window, size: { width: number; height: number }) => {
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
  const readShrunk = (window: Window, shrunkWidth: number, shrunkHeight: number) =>
    fill(new Uint8Array(shrunkWidth * shrunkHeight), window, { width: shrunkWidth, height: shrunkHeight });
  return {
    width,
    height,
    scale: band.scale ?? 1,
    read: (window) => readShrunk(window, window.width, window.height),
    readInto: async (window, data) => {
      await fill(data, window, window);
    },
    readShrunk,
    close: () => dataset.close(),
  };
}
