import type { BlockEncoding } from '../raster/block-encoder.ts';
import type { LayerSpec } from './layer.ts';

/** How the blocks of a layer are compressed. Part of what a finished map's bytes depend on. */
export function layerEncoding(spec: LayerSpec): BlockEncoding {
  return spec.kind === 'class'
    ? { predictor: 1, level: 6, strategy: 'default' }
    : { predictor: 2, level: 1, strategy: 'runs' };
}
