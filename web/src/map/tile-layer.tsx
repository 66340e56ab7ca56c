import type { TileJson } from '../api/answers.ts';
import { useResource } from '../api/use-resource.ts';
import { RasterLayer } from './raster-layer.tsx';

interface TileLayerProps {
  readonly id: string;
  /** Address of the TileJSON document. */
  readonly from: string;
  readonly opacity: number;
  readonly order: number;
  readonly crisp?: boolean;
}

/** Tiles by their TileJSON document; nothing while that cannot be had. */
export function TileLayer({ from, ...layer }: TileLayerProps) {
  const { data } = useResource<TileJson>(from);
  return data === null ? null : <RasterLayer {...layer} tiles={data} />;
}
