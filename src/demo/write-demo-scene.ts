import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CoordinateTransformation } from 'gdal-async';
import { writeFileAtomic } from '../core/atomic-file.ts';
import { applyAffine, type Affine } from '../geo/affine.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, type Dataset, type SpatialReference } from '../raster/gdal.ts';
import type { DemoScene } from './make-demo-scene.ts';
import type { Ring } from './shape.ts';

export interface DemoFile {
  /** Path of the GeoTIFF. */
  readonly image: string;
  /** Path of the footprints, GeoJSON in EPSG:4326. */
  readonly footprints: string;
  /** A projected CRS in metres; in EPSG:3857 pixels are made larger, so that `gsdMetres` is true on the ground. */
  readonly epsg: number;
  readonly centreLonLat: readonly [lon: number, lat: number];
  readonly gsdMetres: number;
  /** `tiled`: 256 x 256 blocks, DEFLATE and overviews; `strips`: neither tiles nor overviews nor compression. */
  readonly layout: 'tiled' | 'strips';
  /** How the file tells no-data: an internal mask, or white as the no-data value. */
  readonly noData?: 'mask' | 'value';
  /** "YYYY:MM:DD HH:MM:SS", as TIFF has it. */
  readonly dateTime?: string;
}

/** Puts a scene on the Earth: a GeoTIFF, and its footprints as GeoJSON. Existing files are replaced. */
export async function writeDemoScene(scene: DemoScene, file: DemoFile): Promise<void> {
  const srs = parseCrs(`EPSG:${file.epsg}`);
  const lonLat = parseCrs('OGC:CRS84');
  const transform = placeGrid(scene, file, new gdal.CoordinateTransformation(lonLat, srs));
  await mkdir(dirname(file.image), { recursive: true });
  await writeImage(scene, file, { transform, srs });
  const back = new gdal.CoordinateTransformation(srs, lonLat);
  const toLonLat = (col: number, row: number): [number, number] => {
    const [x, y] = applyAffine(transform, col, row);
    const point = back.transformPoint(x, y);
    return [roundDegrees(point.x), roundDegrees(point.y)];
  };
  await writeFileAtomic(
    file.footprints,
    geoJson(
      scene.footprints.filter((ring) => isSeen(scene, ring)),
      toLonLat,
    ),
  );
}

function placeGrid(scene: DemoScene, file: DemoFile, toCrs: CoordinateTransformation): Affine {
  const [lon, lat] = file.centreLonLat;
  const centre = toCrs.transformPoint(lon, lat);
  const pixel = file.epsg === 3857 ? file.gsdMetres / Math.cos((lat * Math.PI) / 180) : file.gsdMetres;
  return [centre.x - (pixel * scene.width) / 2, pixel, 0, centre.y + (pixel * scene.height) / 2, 0, -pixel];
}

const CREATION = {
  tiled: ['TILED=YES', 'BLOCKXSIZE=256', 'BLOCKYSIZE=256', 'COMPRESS=DEFLATE', 'PREDICTOR=2'],
  strips: ['TILED=NO', 'COMPRESS=NONE'],
} as const;

async function writeImage(
  scene: DemoScene,
  file: DemoFile,
  grid: { transform: Affine; srs: SpatialReference },
): Promise<void> {
  const inMemory = await memoryDataset(scene, file);
  inMemory.srs = grid.srs;
  inMemory.geoTransform = [...grid.transform];
  if (file.dateTime !== undefined) inMemory.setMetadata({ TIFFTAG_DATETIME: file.dateTime });
  const creation = [...CREATION[file.layout], 'PHOTOMETRIC=RGB'].flatMap((option) => ['-co', option]);
  const bands = ['1', '2', '3'].flatMap((band) => ['-b', band]);
  const mask = inMemory.bands.count() === 4 ? ['-mask', '4'] : [];
  const dataset = await gdal.translateAsync(file.image, inMemory, [
    '-of',
    'GTiff',
    ...bands,
    ...mask,
    ...creation,
  ]);
  if (file.layout === 'tiled') await dataset.buildOverviewsAsync('AVERAGE', overviewFactors(scene));
  dataset.close();
  inMemory.close();
}

/** The scene's bands, and its mask as a fourth where the file shall have one. */
async function memoryDataset(scene: DemoScene, file: DemoFile): Promise<Dataset> {
  const planes = scene.mask !== null && file.noData === 'mask' ? [...scene.bands, scene.mask] : scene.bands;
  const { width, height } = scene;
  const dataset = gdal.open('', 'w', 'MEM', width, height, planes.length, gdal.GDT_Byte);
  for (const [k, pixels] of planes.entries()) {
    const band = await dataset.bands.getAsync(k + 1);
    if (scene.mask !== null && file.noData !== 'mask') band.noDataValue = 255;
    await band.pixels.writeAsync(0, 0, width, height, pixels);
  }
  return dataset;
}

const overviewFactors = ({ width, height }: DemoScene): number[] =>
  [2, 4, 8, 16].filter((factor) => Math.max(width, height) / factor >= 128);

/** Whether any pixel under an outline's bounds has data. */
function isSeen({ mask, width, height }: DemoScene, ring: Ring): boolean {
  if (mask === null) return true;
  const clamp = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(value)));
  return ring.some(([x, y]) => mask[clamp(y, height) * width + clamp(x, width)] !== 0);
}

const roundDegrees = (value: number): number => Math.round(value * 1e8) / 1e8;

/** RFC 7946: rings closed, outer rings counter-clockwise. */
function geoJson(rings: readonly Ring[], toLonLat: (col: number, row: number) => [number, number]): string {
  const features = rings.map((ring, id) => {
    const corners = ring.map(([col, row]) => toLonLat(col, row));
    const ordered = signedArea(corners) < 0 ? corners.reverse() : corners;
    const coordinates = [[...ordered, ordered[0]]];
    return JSON.stringify({
      type: 'Feature',
      id,
      properties: { class: 'building' },
      geometry: { type: 'Polygon', coordinates },
    });
  });
  return `{"type":"FeatureCollection","features":[\n${features.join(',\n')}\n]}\n`;
}

function signedArea(corners: readonly (readonly [number, number])[]): number {
  let area = 0;
  corners.forEach(([x, y], k) => {
    const [nx, ny] = corners[(k + 1) % corners.length] ?? [x, y];
    area += x * ny - nx * y;
  });
  return area / 2;
}
