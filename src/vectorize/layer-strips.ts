import type { OpenLayer } from '../raster/open-layer.ts';
import { STRIP_ROWS } from './plan-strips.ts';
import type { StripReader } from './trace-raster.ts';

/** The layers of a map that vectors are made of, open for one thread. */
export interface MapLayers {
  readonly classes: OpenLayer;
  readonly confidence: OpenLayer | null;
  readonly buckets: OpenLayer | null;
}

/** Reads strips of a map's layers into memory that is shared with the tracing thread and used again and again. */
export function layerStrips({ classes, confidence, buckets }: MapLayers): StripReader {
  const { width, height } = classes;
  const room = () => new Uint8Array(new SharedArrayBuffer(width * Math.min(STRIP_ROWS, height)));
  const own = [classes, confidence, buckets].map((layer) =>
    layer === null ? null : { layer, data: room() },
  );
  return {
    async read(strip) {
      const window = { x: 0, y: strip.y, width, height: strip.rows };
      const [of = null, sure = null, bucket = null] = await Promise.all(
        own.map(async (one) => {
          if (one === null) return null;
          const data = one.data.subarray(0, width * strip.rows);
          await one.layer.readInto(window, data);
          return data;
        }),
      );
      if (of === null) throw new RangeError('no classes');
      return { strip, width, classes: of, confidence: sure, buckets: bucket };
    },
  };
}
