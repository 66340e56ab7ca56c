import type { WorkingGrid } from '../../geo/working-grid.ts';
import type { Window } from '../../geo/window.ts';
import { axisKernel, isIdentityScale } from '../../raster/axis-kernel.ts';
import { cutBlock, emptyBlock } from '../../raster/block-window.ts';
import type { PixelBlock } from '../../raster/pixel-block.ts';
import { RowResampler } from '../../raster/resample-rows.ts';

/** The pixels of a scene at the gallery's GSD, made from those at a map's. */
export interface GalleryPixels {
  /** Whether both grids are one. */
  readonly same: boolean;
  /** Pixels of the map's grid that a pixel of the gallery's may need around its own place. */
  readonly taps: number;
  /** A place on the map's grid, on the gallery's. */
  toGallery(x: number, y: number): { x: number; y: number };
  /**
   * Pixels of a window of the gallery's grid, or a block that holds them; the block given must hold all they are made
   * from. Where the grids are one, that is the block itself, unless the window hangs over it.
   */
  cut(block: PixelBlock, window: Window): PixelBlock;
}

/**
 * Resamples in memory what was read once for the map, as the reader does from the file: area averaging where the
 * gallery's pixels are larger, bicubic where they are smaller. A pixel is the same whatever block it is made from.
 */
export function galleryPixels(map: WorkingGrid, gallery: WorkingGrid): GalleryPixels {
  const scale = { x: gallery.scaleX / map.scaleX, y: gallery.scaleY / map.scaleY };
  const same = isIdentityScale(scale.x, map.width) && isIdentityScale(scale.y, map.height);
  return {
    same,
    taps: same ? 0 : Math.ceil(2 * Math.max(1, scale.x, scale.y)) + 1,
    toGallery: (x, y) => (same ? { x, y } : { x: x / scale.x, y: y / scale.y }),
    cut(block, window) {
      if (same) return holds(block.window, window) ? block : cutBlock(block, window);
      const cut = emptyBlock(window, block.bands, block.type);
      resample(block, cut, { map, gallery, scale });
      return cut;
    },
  };
}

const holds = (outer: Window, inner: Window): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

function resample(
  from: PixelBlock,
  to: PixelBlock,
  { map, gallery, scale }: { map: WorkingGrid; gallery: WorkingGrid; scale: { x: number; y: number } },
): void {
  const { x, y, width, height } = to.window;
  const columns = Math.min(width, gallery.width - x);
  const rows = Math.min(height, gallery.height - y);
  if (columns <= 0 || rows <= 0) return;
  const across = axisKernel({ start: x, length: columns, scale: scale.x, size: map.width });
  const down = axisKernel({ start: y, length: rows, scale: scale.y, size: map.height });
  const resampler = new RowResampler(across, down, from.window.x, { block: to, x: 0, y: 0 });
  const stride = from.window.width;
  const first = (down.sourceStart - from.window.y) * stride;
  const end = (down.sourceEnd - from.window.y) * stride;
  const valid = from.valid.subarray(first, end);
  const plane = stride * from.window.height;
  resampler.feed({
    y: down.sourceStart,
    rows: down.sourceEnd - down.sourceStart,
    bands: Array.from({ length: from.bands }, (_, band) =>
      from.data.subarray(band * plane + first, band * plane + end),
    ),
    valid,
    invalid: valid.includes(0) ? 1 : 0,
  });
}
