import { seededRandom } from '../core/random.ts';
import { makeCanvas } from './canvas.ts';
import { expose } from './sensor.ts';
import { boxAt, inBox, type Ring, type Vertex } from './shape.ts';
import { between, type Stage, type Terrain } from './stage.ts';
import { castShadows, sunAt } from './sun.ts';
import { paintCoast } from './terrain-coast.ts';
import { paintSuburb } from './terrain-suburb.ts';
import { paintTown } from './terrain-town.ts';
import { paintVillage } from './terrain-village.ts';
import { makeTexture } from './texture.ts';

const TERRAINS = { town: paintTown, village: paintVillage, suburb: paintSuburb, coast: paintCoast } as const;

export type TerrainName = keyof typeof TERRAINS;

export interface DemoSceneSpec {
  readonly terrain: TerrainName;
  readonly seed: number;
  readonly widthPixels: number;
  readonly heightPixels: number;
  /** Metres on the ground a pixel. */
  readonly gsdMetres: number;
  /** Turn of the valid area against the raster, degrees, as orthophotos have; leaves four corners without data. */
  readonly turnDegrees?: number;
}

export interface DemoScene {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue; row-major; 1..254 where there is data, 255 (white) where there is none. */
  readonly bands: readonly Uint8Array[];
  /** 255 where there is data, 0 where there is none; null where there is data everywhere. */
  readonly mask: Uint8Array | null;
  /** Outlines of all buildings that touch the raster, in pixels (column, row), not closed, not clipped. */
  readonly footprints: readonly Ring[];
}

/**
 * Makes an overhead picture of a place that does not exist, and the exact outlines of its buildings. The same spec
 * gives the same bytes. Nothing here knows a CRS: `writeDemoScene` puts the scene on the Earth.
 */
export function makeDemoScene(spec: DemoSceneSpec): DemoScene {
  const random = seededRandom(spec.seed);
  const canvas = makeCanvas(spec.widthPixels, spec.heightPixels, spec.gsdMetres);
  const texture = makeTexture(canvas, random);
  const sun = sunAt(between(random, 90, 270), between(random, 38, 60));
  const extent = [spec.widthPixels * spec.gsdMetres, spec.heightPixels * spec.gsdMetres] as const;
  const stage: Stage = { canvas, texture, sun, random, extent, buildings: [] };
  const terrain: Terrain = TERRAINS[spec.terrain];
  terrain(stage);
  castShadows(canvas, sun, between(random, 0.36, 0.5));
  const cast = () => between(random, 0.94, 1.06);
  const haze = between(random, 4, 18);
  const sensor = {
    blurPixels: between(random, 0.55, 0.8),
    noise: between(random, 1.5, 3.5),
    gain: [cast(), cast(), cast()] as const,
    offset: [haze * 0.8, haze * 0.95, haze * 1.2] as const,
    gamma: between(random, 0.95, 1.2),
  };
  const bands = expose(canvas, texture, sensor, random);
  const mask = spec.turnDegrees === undefined ? null : turnedMask(spec, spec.turnDegrees);
  if (mask !== null) whiten(bands, mask);
  const footprints = stage.buildings.map((b) =>
    b.ring.map(([x, y]): Vertex => [x / spec.gsdMetres, y / spec.gsdMetres]),
  );
  return { width: spec.widthPixels, height: spec.heightPixels, bands, mask, footprints };
}

/** The largest turned rectangle (of the raster's proportions) whose corners touch the raster's sides. */
function turnedMask({ widthPixels: w, heightPixels: h }: DemoSceneSpec, degrees: number): Uint8Array {
  const angle = (degrees * Math.PI) / 180;
  const box = boxAt(w / 2, h / 2, angle, [w, h]);
  const reach = [inBox(box, w / 2, h / 2), inBox(box, w / 2, -h / 2)].map(([x, y]) =>
    Math.max(Math.abs(x - w / 2) / (w / 2), Math.abs(y - h / 2) / (h / 2)),
  );
  const scale = 1 / Math.max(...reach);
  const mask = new Uint8Array(w * h);
  for (let row = 0; row < h; row++) {
    for (let col = 0; col < w; col++) {
      const [dx, dy] = [col + 0.5 - w / 2, row + 0.5 - h / 2];
      const along = Math.abs(dx * box.ux + dy * box.uy);
      const across = Math.abs(-dx * box.uy + dy * box.ux);
      if (along <= (w / 2) * scale && across <= (h / 2) * scale) mask[row * w + col] = 255;
    }
  }
  return mask;
}

function whiten(bands: readonly Uint8Array[], mask: Uint8Array): void {
  for (const band of bands) mask.forEach((valid, i) => (valid === 0 ? (band[i] = 255) : undefined));
}
