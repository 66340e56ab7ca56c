import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { z } from 'zod';
import { applyAffine, invertAffine, type Affine } from '../geo/affine.ts';
import { NO_CLASS } from '../model/class-record.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, type Dataset, type RasterBand } from '../raster/gdal.ts';

/** What the page of results shows of one scene; all parts have the same size in pixels. */
export interface ScenePicture {
  readonly width: number;
  readonly height: number;
  /** JPEG of the scene. */
  readonly photo: Buffer;
  /** PNG, see-through, of the mapped classes: filled, with a hard edge. */
  readonly overlay: Buffer;
  /** SVG path data of the labels' outlines; empty where there are none. */
  readonly outlines: string;
}

export interface PictureSource {
  readonly image: string;
  readonly classMap: string;
  /** GeoJSON in longitude and latitude; null where there is none. */
  readonly labels: string | null;
  /** Class value to #rrggbb; values that are missing stay see-through. */
  readonly colours: ReadonlyMap<number, string>;
}

const LONGEST_SIDE = 1100;
const FILL = 105;

/** Draws a scene and its map, at most 1,100 pixels long. Reads through overviews where the files have them. */
export async function drawScenePicture(source: PictureSource): Promise<ScenePicture> {
  const image = await gdal.openAsync(source.image);
  const map = await gdal.openAsync(source.classMap);
  try {
    const shrink = Math.min(1, LONGEST_SIDE / Math.max(image.rasterSize.x, image.rasterSize.y));
    const width = Math.max(1, Math.round(image.rasterSize.x * shrink));
    const height = Math.max(1, Math.round(image.rasterSize.y * shrink));
    return {
      width,
      height,
      photo: await photo(image, width, height),
      overlay: await overlay({ image, map, colours: source.colours }, width, height),
      outlines:
        source.labels === null ? '' : await outlines(image, source.labels, width / image.rasterSize.x),
    };
  } finally {
    image.close();
    map.close();
  }
}

/** Grey of pixels without data. */
const EMPTY = 214;

async function photo(image: Dataset, width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  const read = async (from: RasterBand, resampling: string): Promise<Uint8Array> => {
    const data = new Uint8Array(width * height);
    const { x, y } = image.rasterSize;
    const size = { buffer_width: width, buffer_height: height, resampling };
    await from.pixels.readAsync(0, 0, x, y, data, size);
    return data;
  };
  const mask = image.bands.get(1).getMaskBand();
  const valid = mask === null ? null : await read(mask, gdal.GRA_NearestNeighbor);
  for (let channel = 0; channel < 3; channel++) {
    const data = await read(image.bands.get(Math.min(channel + 1, image.bands.count())), gdal.GRA_Average);
    data.forEach((value, i) => pixels.writeUInt8(valid?.[i] === 0 ? EMPTY : value, i * 3 + channel));
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 82 })
    .toBuffer();
}

interface OverlaySource {
  readonly image: Dataset;
  readonly map: Dataset;
  readonly colours: ReadonlyMap<number, string>;
}

async function overlay(source: OverlaySource, width: number, height: number): Promise<Buffer> {
  const classes = await classesOnPicture(source, width, height);
  const pixels = Buffer.alloc(width * height * 4);
  const rgb = new Map(
    [...source.colours].map(([value, colour]) => [value, Buffer.from(colour.slice(1), 'hex')]),
  );
  for (let i = 0; i < classes.length; i++) {
    const value = classes[i] ?? NO_CLASS;
    const colour = rgb.get(value);
    if (colour === undefined) continue;
    const edge = [i - 1, i + 1, i - width, i + width].some((near) => (classes[near] ?? value) !== value);
    pixels.set([...colour, edge ? 255 : FILL], i * 4);
  }
  return sharp(pixels, { raw: { width, height, channels: 4 } })
    .png({ palette: true })
    .toBuffer();
}

/** The map's classes at the picture's pixels, nearest neighbour; the map's pixels may be larger or smaller. */
async function classesOnPicture(
  { image, map }: OverlaySource,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const toMap = invertAffine(affineOf(map));
  const ground = affineOf(image);
  const [right, bottom] = [image.rasterSize.x, image.rasterSize.y];
  const { x: mapWidth, y: mapHeight } = map.rasterSize;
  const data = await map.bands.get(1).pixels.readAsync(0, 0, mapWidth, mapHeight);
  const out = new Uint8Array(width * height).fill(NO_CLASS);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const [x, y] = applyAffine(ground, ((col + 0.5) / width) * right, ((row + 0.5) / height) * bottom);
      const [mapCol, mapRow] = applyAffine(toMap, x, y).map(Math.floor);
      if (mapCol === undefined || mapRow === undefined) continue;
      if (mapCol < 0 || mapRow < 0 || mapCol >= mapWidth || mapRow >= mapHeight) continue;
      out[row * width + col] = data[mapRow * mapWidth + mapCol] ?? NO_CLASS;
    }
  }
  return out;
}

function affineOf(dataset: Dataset): Affine {
  const given = dataset.geoTransform;
  if (given === null) return [0, 1, 0, 0, 0, 1];
  const [a0 = 0, a1 = 1, a2 = 0, a3 = 0, a4 = 0, a5 = 1] = given;
  return [a0, a1, a2, a3, a4, a5];
}

const ringsSchema = z.array(z.array(z.array(z.number()).min(2)));
const geoJsonSchema = z.object({
  features: z.array(
    z.object({
      geometry: z
        .discriminatedUnion('type', [
          z.object({ type: z.literal('Polygon'), coordinates: ringsSchema }),
          z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(ringsSchema) }),
        ])
        .nullable(),
    }),
  ),
});

async function outlines(image: Dataset, labels: string, shrink: number): Promise<string> {
  const { features } = geoJsonSchema.parse(JSON.parse(await readFile(labels, 'utf8')));
  const toCrs = new gdal.CoordinateTransformation(
    parseCrs('OGC:CRS84'),
    parseCrs(image.srs?.toWKT() ?? 'OGC:CRS84'),
  );
  const toPixel = invertAffine(affineOf(image));
  const point = ([lon = 0, lat = 0]: readonly number[]) => {
    const { x, y } = toCrs.transformPoint(lon, lat);
    const [col, row] = applyAffine(toPixel, x, y);
    return `${(col * shrink).toFixed(1)} ${(row * shrink).toFixed(1)}`;
  };
  return features
    .flatMap(({ geometry }) =>
      geometry === null
        ? []
        : geometry.type === 'Polygon'
          ? geometry.coordinates
          : geometry.coordinates.flat(),
    )
    .map((ring) => `M${ring.map(point).join('L')}Z`)
    .join('');
}
