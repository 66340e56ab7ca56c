import { clipToTile, type TileAddress, type WorldPolygons } from './tile-shape.ts';

interface Rung {
  readonly tile: TileAddress;
  readonly polygons: WorldPolygons;
}

/** Whether a tile lies in another, or is it. */
const isWithin = ({ z, x, y }: TileAddress, outer: TileAddress): boolean =>
  z >= outer.z && x >> (z - outer.z) === outer.x && y >> (z - outer.z) === outer.y;

/**
 * Cuts one large shape to tile after tile: by way of the tiles around it, each cut from the one before. Tiles should
 * come along Hilbert's curve, so that neighbours share most of the way; then each point is looked at once a zoom, and not
 * once a tile.
 */
export class ClipLadder {
  readonly #whole: WorldPolygons;
  readonly #rungs: Rung[] = [];

  constructor(whole: WorldPolygons) {
    this.#whole = whole;
  }

  clip(tile: TileAddress): WorldPolygons {
    for (
      let top = this.#rungs.at(-1);
      top !== undefined && !isWithin(tile, top.tile);
      top = this.#rungs.at(-1)
    )
      this.#rungs.pop();
    const from = this.#rungs.at(-1);
    let polygons = from?.polygons ?? this.#whole;
    for (let z = (from?.tile.z ?? -1) + 1; z <= tile.z; z += 1) {
      const around = { z, x: tile.x >> (tile.z - z), y: tile.y >> (tile.z - z) };
      polygons = clipToTile(polygons, around);
      this.#rungs.push({ tile: around, polygons });
    }
    return polygons;
  }
}
