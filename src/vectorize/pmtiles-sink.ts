import { rename } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { AppendFile } from '../core/append-file.ts';
import { cutAtAntimeridian } from './cut-antimeridian.ts';
import { FeatureSpill } from './feature-spill.ts';
import { encodeTile, TILE_EXTENT } from './mvt-tile.ts';
import { archiveHead, type TileEntry } from './pmtiles-archive.ts';
import type { MappedObject } from './schema.ts';
import { tileArea, toWorld } from './tile-shape.ts';
import { drawTile, tilesOfZoom, type Ladders } from './tile-features.ts';
import type { SinkRequest, VectorSink } from './vector-sink.ts';

/** Zooms below the last: a map of ten thousand pixels is a small part of a tile then. */
const ZOOMS = 10;
const DEEPEST_ZOOM = 18;

const EARTH_METRES = 40_075_016.7;

/** Attributes in tiles, with their kinds. */
const FIELDS = {
  id: 'String',
  class: 'String',
  area_m2: 'Number',
  confidence: 'Number',
  bucket: 'Number',
  seam_share: 'Number',
  scene: 'String',
} as const;

/**
 * PMTiles of vector tiles: at the last zoom outlines lie within a pixel of the map; below it they are simplified to a
 * fifth of a screen pixel, and objects smaller than a pixel are drawn together, a pixel for a pixel's worth of them.
 * Features wait on the disk; in memory are 56 bytes of each.
 */
export async function openPmtiles({ path, layer, bounds, gsdMetres }: SinkRequest): Promise<VectorSink> {
  const spill = await FeatureSpill.create(path);
  const last = lastZoom(gsdMetres, (bounds[1] + bounds[3]) / 2);
  const files: AppendFile[] = [];
  return {
    async write(objects) {
      for (const object of objects) await addObject(spill, object);
    },
    async finish() {
      const tiles = await AppendFile.create(path);
      files.push(tiles);
      const entries: TileEntry[] = [];
      for (let z = Math.max(0, last - ZOOMS); z <= last; z += 1) {
        const ladders: Ladders = new Map();
        for (const { id, tile, features } of tilesOfZoom(spill, z)) {
          const shapes = await drawTile(spill, { tile, features, last: z === last }, ladders);
          if (shapes.length === 0) continue;
          const bytes = gzipSync(encodeTile(layer, shapes));
          entries.push({ id, offset: await tiles.append(bytes), length: bytes.length });
        }
      }
      const archive = await AppendFile.create(path);
      files.push(archive);
      const zooms = { minZoom: Math.max(0, last - ZOOMS), maxZoom: last };
      await archive.append(archiveHead(entries, { ...zooms, bounds, metadata: metadataOf(layer, zooms) }));
      for (let at = 0; at < tiles.length; at += COPY_BYTES)
        await archive.append(await tiles.read(at, Math.min(COPY_BYTES, tiles.length - at)));
      await archive.finish();
      await tiles.discard();
      await spill.discard();
      await rename(archive.temporary, path);
    },
    async abort() {
      for (const file of [spill, ...files]) await file.discard();
    },
  };
}

const COPY_BYTES = 8 * 1024 * 1024;

/** The first zoom at which a tile's unit is no longer than half a pixel of the map. */
function lastZoom(gsdMetres: number, latitude: number): number {
  const mercator = gsdMetres / Math.cos((Math.min(80, Math.abs(latitude)) * Math.PI) / 180);
  const zoom = Math.ceil(Math.log2(EARTH_METRES / (TILE_EXTENT * mercator)) + 1);
  return Math.max(0, Math.min(DEEPEST_ZOOM, zoom));
}

async function addObject(spill: FeatureSpill, object: MappedObject): Promise<void> {
  const polygons = cutAtAntimeridian(object.polygons).map((rings) => rings.map(toWorld));
  let [minX, minY, maxX, maxY, area] = [Infinity, Infinity, -Infinity, -Infinity, 0];
  for (const [outer = new Float64Array(0)] of polygons) {
    area += Math.abs(tileArea(outer));
    for (let i = 0; i < outer.length; i += 2) {
      [minX, maxX] = [Math.min(minX, outer[i] as number), Math.max(maxX, outer[i] as number)];
      [minY, maxY] = [Math.min(minY, outer[i + 1] as number), Math.max(maxY, outer[i + 1] as number)];
    }
  }
  const round = (value: number | null, digits: number) =>
    value === null ? null : Number(value.toFixed(digits));
  const properties = {
    id: object.id,
    class: object.name,
    area_m2: round(object.areaM2, 2),
    confidence: round(object.confidence, 3),
    bucket: object.bucket,
    seam_share: round(object.seamShare, 3),
    scene: object.scene,
  } satisfies Record<keyof typeof FIELDS, string | number | null>;
  await spill.add(polygons, properties, { minX, minY, maxX, maxY, area });
}

const metadataOf = (layer: string, zooms: { minZoom: number; maxZoom: number }) => ({
  name: layer,
  type: 'overlay',
  generator: 'RESFlow',
  vector_layers: [{ id: layer, minzoom: zooms.minZoom, maxzoom: zooms.maxZoom, fields: FIELDS }],
});
