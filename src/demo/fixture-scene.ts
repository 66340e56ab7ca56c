import { join } from 'node:path';
import { makeDemoScene, type DemoScene, type TerrainName } from './make-demo-scene.ts';
import { writeDemoScene, type DemoFile } from './write-demo-scene.ts';

export interface FixtureScene {
  /** File name without extension. */
  readonly name: string;
  readonly terrain?: TerrainName;
  readonly seed?: number;
  /** Side of the square raster; 256 by default. */
  readonly pixels?: number;
  readonly gsdMetres?: number;
  readonly turnDegrees?: number;
  /** Anything else about the file; EPSG:32645 near Kathmandu, tiled, mask by default. */
  readonly file?: Partial<DemoFile>;
}

/** A small scene and its footprints for tests, made by code: `<folder>/<name>.tif` and `<name>.geojson`. */
export async function writeFixtureScene(
  folder: string,
  fixture: FixtureScene,
): Promise<{ image: string; footprints: string; scene: DemoScene }> {
  const { name, terrain = 'town', seed = 1, pixels = 256, gsdMetres = 0.5, turnDegrees } = fixture;
  const scene = makeDemoScene({
    terrain,
    seed,
    gsdMetres,
    widthPixels: pixels,
    heightPixels: pixels,
    turnDegrees,
  });
  const image = join(folder, `${name}.tif`);
  const footprints = join(folder, `${name}.geojson`);
  await writeDemoScene(scene, {
    epsg: 32645,
    centreLonLat: [85.3, 27.7],
    layout: 'tiled',
    noData: 'mask',
    ...fixture.file,
    image,
    footprints,
    gsdMetres,
  });
  return { image, footprints, scene };
}
