import { join } from 'node:path';
import { digestOf } from '../core/digest.ts';
import type { DemoSceneSpec } from './make-demo-scene.ts';
import { makeDemoScene } from './make-demo-scene.ts';
import { writeDemoScene, type DemoFile } from './write-demo-scene.ts';

/** One scene of the demo: what is on it, where it lies, how its file is made, and what it is used for. */
export interface DemoPlace {
  readonly id: string;
  readonly place: string;
  readonly split: 'train' | 'validation' | 'test';
  /** What is special about it, one sentence. */
  readonly note: string;
  readonly spec: DemoSceneSpec;
  readonly file: Omit<DemoFile, 'image' | 'footprints' | 'gsdMetres'>;
}

const spec = (
  terrain: DemoSceneSpec['terrain'],
  seed: number,
  gsdMetres: number,
  size = 1024,
): DemoSceneSpec => ({
  terrain,
  seed,
  gsdMetres,
  widthPixels: size,
  heightPixels: size,
});

/**
 * The places of `npm run demo`: three kinds of terrain to learn from, scenes of those kinds to map, and a coast that
 * no training scene resembles. GSDs, CRSs and file layouts differ, as they do in an archive.
 */
export const DEMO_PLACES: readonly DemoPlace[] = [
  {
    id: 'town-1',
    note: 'A dense town.',
    place: 'Ostwick',
    split: 'train',
    spec: spec('town', 11, 0.4),
    file: { epsg: 32636, centreLonLat: [32.58, 0.34], layout: 'tiled' },
  },
  {
    id: 'town-2',
    note: 'A dense town.',
    place: 'Karuma',
    split: 'train',
    spec: spec('town', 12, 0.5),
    file: { epsg: 3857, centreLonLat: [85.52, 27.63], layout: 'tiled' },
  },
  {
    id: 'village-1',
    note: 'A village among fields.',
    place: 'Mbeya',
    split: 'train',
    spec: spec('village', 21, 0.3, 1280),
    file: { epsg: 32736, centreLonLat: [33.45, -8.9], layout: 'strips' },
  },
  {
    id: 'village-2',
    note: 'A village among fields.',
    place: 'Sanfo',
    split: 'train',
    spec: spec('village', 22, 0.45),
    file: { epsg: 32630, centreLonLat: [-2.1, 12.3], layout: 'tiled' },
  },
  {
    id: 'suburb-1',
    note: 'A suburb.',
    place: 'Larkfield',
    split: 'train',
    spec: spec('suburb', 31, 0.5),
    file: { epsg: 32614, centreLonLat: [-97.7, 30.3], layout: 'tiled' },
  },
  {
    id: 'suburb-2',
    note: 'A suburb.',
    place: 'Weston',
    split: 'train',
    spec: spec('suburb', 32, 0.35, 1152),
    file: { epsg: 3857, centreLonLat: [-83.1, 42.4], layout: 'strips' },
  },
  {
    id: 'town-3',
    note: 'A dense town.',
    place: 'Belmoro',
    split: 'validation',
    spec: spec('town', 13, 0.45, 768),
    file: { epsg: 32737, centreLonLat: [39.2, -6.2], layout: 'tiled' },
  },
  {
    id: 'village-3',
    note: 'A village among fields.',
    place: 'Tollo',
    split: 'validation',
    spec: spec('village', 23, 0.4, 768),
    file: { epsg: 32631, centreLonLat: [2.2, 13.5], layout: 'tiled' },
  },
  {
    id: 'suburb-3',
    note: 'A suburb.',
    place: 'Ashgrove',
    split: 'validation',
    spec: spec('suburb', 33, 0.4, 768),
    file: { epsg: 32755, centreLonLat: [144.9, -37.8], layout: 'tiled' },
  },
  {
    id: 'town-4',
    note: 'A dense town at 0.35 m, turned against its raster, so that its corners hold no data.',
    place: 'Ribadel',
    split: 'test',
    spec: { ...spec('town', 14, 0.35, 1280), turnDegrees: 14 },
    file: { epsg: 32645, centreLonLat: [85.32, 27.7], layout: 'tiled', noData: 'mask' },
  },
  {
    id: 'village-4',
    note: 'A village at 0.25 m, finer than the working resolution; a plain untiled file.',
    place: 'Oro',
    split: 'test',
    spec: spec('village', 24, 0.25, 1536),
    file: { epsg: 32637, centreLonLat: [36.8, 0.5], layout: 'strips' },
  },
  {
    id: 'suburb-4',
    note: 'A suburb at 0.6 m, coarser than the working resolution, in Web Mercator.',
    place: 'Elmstead',
    split: 'test',
    spec: spec('suburb', 34, 0.6),
    file: { epsg: 3857, centreLonLat: [-94.5, 37.1], layout: 'tiled' },
  },
  {
    id: 'coast-1',
    note: 'An arid coast: a kind of terrain that was in no training scene.',
    place: 'Qasra',
    split: 'test',
    spec: spec('coast', 41, 0.5),
    file: { epsg: 32638, centreLonLat: [43.3, 13.3], layout: 'tiled' },
  },
];

/** Raised when the generator makes other pixels from the same spec. */
const GENERATOR = 1;

/** What decides a written place: unchanged as long as its files need not be made again. */
export const demoPlaceStamp = ({ spec, file }: DemoPlace): string =>
  digestOf({ generator: GENERATOR, spec, file });

export interface WrittenPlace {
  readonly id: string;
  readonly place: string;
  readonly split: DemoPlace['split'];
  readonly image: string;
  readonly footprints: string;
}

/** Makes one demo scene and writes `<folder>/<id>.tif` and `<folder>/<id>.geojson`. */
export async function writeDemoPlace(folder: string, place: DemoPlace): Promise<WrittenPlace> {
  const image = join(folder, `${place.id}.tif`);
  const footprints = join(folder, `${place.id}.geojson`);
  const { gsdMetres } = place.spec;
  await writeDemoScene(makeDemoScene(place.spec), { ...place.file, gsdMetres, image, footprints });
  return { id: place.id, place: place.place, split: place.split, image, footprints };
}
