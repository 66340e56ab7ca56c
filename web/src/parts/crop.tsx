import type { TileJson } from '../api/answers.ts';
import { accessKey } from '../api/access-key.ts';
import { useResource } from '../api/use-resource.ts';
import { worldPixel } from '../map/mercator.ts';

interface CropProps {
  readonly label: string;
  readonly centre: readonly [lon: number, lat: number];
  /** TileJSON documents, the lowest first. */
  readonly layers: readonly { readonly from: string; readonly opacity?: number }[];
  /** Side in CSS pixels. */
  readonly size?: number;
  /** Zoom of the tiles; limited to what they have. */
  readonly zoom?: number;
  /** A cross on the place itself. */
  readonly cross?: boolean;
}

/** A small picture of a place, put together from map tiles. */
export function Crop({ label, centre, layers, size = 224, zoom = 18, cross = false }: CropProps) {
  return (
    <div className="crop" role="img" aria-label={label} style={{ width: size, height: size }}>
      {layers.map(({ from, opacity = 1 }) => (
        <CropLayer key={from} {...{ from, opacity, centre, size, zoom }} />
      ))}
      {cross && <span className="cross" />}
    </div>
  );
}

interface CropLayerProps {
  readonly from: string;
  readonly opacity: number;
  readonly centre: readonly [number, number];
  readonly size: number;
  readonly zoom: number;
}

function CropLayer({ from, opacity, centre, size, zoom }: CropLayerProps) {
  const { data } = useResource<TileJson>(from);
  const [template] = data?.tiles ?? [];
  if (data === null || template === undefined) return null;
  const z = Math.max(0, Math.min(Math.round(zoom), data.maxzoom, 22));
  // Beyond the tiles' own zoom they are drawn larger.
  const side = 256 * 2 ** Math.max(0, Math.round(zoom) - z);
  const [x, y] = worldPixel(centre, side * 2 ** z);
  const [left, top] = [x - size / 2, y - size / 2];
  const tiles = [];
  for (let row = Math.floor(top / side); row * side < top + size; row += 1)
    for (let column = Math.floor(left / side); column * side < left + size; column += 1)
      tiles.push({ row, column });
  return tiles.map(({ row, column }) => (
    <img
      key={`${row} ${column}`}
      alt=""
      src={tileAddress(template, z, column, row)}
      style={{ left: column * side - left, top: row * side - top, width: side, height: side, opacity }}
    />
  ));
}

/** On this host; a picture cannot send the access key as a header. */
export function tileAddress(template: string, z: number, x: number, y: number): string {
  const path = template
    .replace(/^https?:\/\/[^/]+/, '')
    .replace('{z}', String(z))
    .replace('{x}', String(x))
    .replace('{y}', String(y));
  return withKey(path);
}

/** An address with the access key in it, for what the browser itself loads. */
export function withKey(path: string): string {
  const key = accessKey();
  if (key === null) return path;
  return `${path}${path.includes('?') ? '&' : '?'}key=${encodeURIComponent(key)}`;
}
