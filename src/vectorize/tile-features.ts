import { ClipLadder } from './clip-ladder.ts';
import type { FeatureSpill } from './feature-spill.ts';
import { TILE_EXTENT, type TileFeature, type TileProperties } from './mvt-tile.ts';
import { tileId } from './pmtiles-archive.ts';
import { clipToTile, toTileRings, type TileAddress, type WorldPolygons } from './tile-shape.ts';

/** Side of a screen pixel in tile units, on a tile of 256 pixels. */
const PIXEL_UNITS = TILE_EXTENT / 256;

/** A shape this many tiles wide is cut by a ladder. */
const WIDE_TILES = 2;

/** A tile with the numbers of the features in it, in the order they came. */
export interface PlannedTile {
  readonly id: number;
  readonly tile: TileAddress;
  readonly features: readonly number[];
}

/** Tiles of a zoom that show something, in the order of their ids. */
export function tilesOfZoom(spill: FeatureSpill, z: number): PlannedTile[] {
  const side = 2 ** z;
  const planned = new Map<number, { tile: TileAddress; features: number[] }>();
  const cell = (at: number) => Math.max(0, Math.min(side - 1, Math.floor(at * side)));
  for (let feature = 0; feature < spill.count; feature += 1) {
    const { minX, minY, maxX, maxY } = spill.factsOf(feature);
    for (let y = cell(minY); y <= cell(maxY); y += 1) {
      for (let x = cell(minX); x <= cell(maxX); x += 1) {
        const id = tileId({ z, x, y });
        const known = planned.get(id);
        if (known === undefined) planned.set(id, { tile: { z, x, y }, features: [feature] });
        else known.features.push(feature);
      }
    }
  }
  return [...planned].map(([id, own]) => ({ id, ...own })).sort((a, b) => a.id - b.id);
}

/** Shapes that spread over several tiles, half cut; by feature. */
export type Ladders = Map<number, { readonly ladder: ClipLadder; readonly properties: TileProperties }>;

/**
 * What a tile shows of its features; those below a pixel together, as pixels. `ladders` is the zoom's own, and tiles come
 * in the order of their ids.
 */
export async function drawTile(
  spill: FeatureSpill,
  { tile, features, last }: { tile: TileAddress; features: readonly number[]; last: boolean },
  ladders: Ladders,
): Promise<TileFeature[]> {
  const pixel = (PIXEL_UNITS / (TILE_EXTENT * 2 ** tile.z)) ** 2;
  const shapes: TileFeature[] = [];
  let owed = 0;
  for (const feature of features) {
    const facts = spill.factsOf(feature);
    const tiny = !last && facts.area < pixel;
    if (tiny) {
      owed += facts.area;
      if (owed < pixel) continue;
      owed -= pixel;
    }
    const { clipped, properties } = await clippedFeature(spill, { feature, tile }, ladders);
    const rings = toTileRings(tiny ? pixelAt(facts, tile) : clipped, tile, !last && !tiny);
    if (rings.length > 0) shapes.push({ rings, properties });
  }
  return shapes;
}

async function clippedFeature(
  spill: FeatureSpill,
  { feature, tile }: { feature: number; tile: TileAddress },
  ladders: Ladders,
): Promise<{ clipped: WorldPolygons; properties: TileProperties }> {
  const known = ladders.get(feature);
  if (known !== undefined) return { clipped: known.ladder.clip(tile), properties: known.properties };
  const { polygons, properties } = await spill.read(feature);
  const { minX, minY, maxX, maxY } = spill.factsOf(feature);
  if (Math.max(maxX - minX, maxY - minY) < WIDE_TILES * 2 ** -tile.z)
    return { clipped: clipToTile(polygons, tile), properties };
  const ladder = new ClipLadder(polygons);
  ladders.set(feature, { ladder, properties });
  return { clipped: ladder.clip(tile), properties };
}

/** A screen pixel about the middle of a box. */
function pixelAt(
  { minX, minY, maxX, maxY }: { minX: number; minY: number; maxX: number; maxY: number },
  { z }: TileAddress,
): WorldPolygons {
  const half = PIXEL_UNITS / 2 / (TILE_EXTENT * 2 ** z);
  const [x, y] = [(minX + maxX) / 2, (minY + maxY) / 2];
  return [[Float64Array.of(x - half, y - half, x + half, y - half, x + half, y + half, x - half, y + half)]];
}
