import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { RasterRecipe } from '../../../tests/fixtures/make-raster.ts';
import { makeScene } from '../../../tests/fixtures/labelled-scene.ts';
import { serverOf } from '../../../tests/fixtures/served-workspace.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { writeScene } from '../../workspace/scenes.ts';
import { initWorkspace } from '../../workspace/workspace.ts';

const SIZE = { width: 2400, height: 2100 };
/** Columns that hold no data. */
const isBar = (x: number): boolean => x >= 500 && x < 700;

/** Quarters in four values, from the upper left, line by line; a bar of 0. */
const quarters = (_band: number, x: number, y: number): number =>
  isBar(x) ? 0 : 1000 * (1 + Number(x >= SIZE.width / 2) + 2 * Number(y >= SIZE.height / 2));

const CASES: readonly (readonly [string, Partial<RasterRecipe>])[] = [
  ['a no-data value', { noData: 0 }],
  [
    'a mask',
    {
      finish: (dataset) => {
        dataset.bands.get(1).createMaskBand(2);
        const mask = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, i) =>
          isBar(i % SIZE.width) ? 0 : 255,
        );
        dataset.bands.get(1).getMaskBand()?.pixels.write(0, 0, SIZE.width, SIZE.height, mask);
      },
    },
  ],
];

describe.each(CASES)('a scene without overviews, with %s', (name, recipe) => {
  it('is shown whole by overviews that are built once, apart from it, and found again', async () => {
    const folder = temporaryFolder('overviews');
    const root = join(folder, 'workspace');
    const scratch = join(folder, 'scratch');
    await initWorkspace(root, new Date(0));
    const scene = await makeScene(folder, 'quarters', {
      bands: ['grey'],
      recipe: { ...SIZE, bands: 1, type: 'UInt16', pixel: quarters, ...recipe },
    });
    expect(scene.properties['resflow:no_data'].kind).toBe(name === 'a mask' ? 'mask' : 'value');
    await writeScene(root, scene);
    const files = await readdir(folder);
    const built = () => readdir(join(scratch, 'overviews')).catch(() => []);
    const url = `/arcgis/rest/services/scene:quarters/ImageServer/exportImage?bbox=${scene.bbox.join()}&bboxSR=4326&size=240,210&format=png`;
    const show = async () => {
      const server = await serverOf(root, { RESFLOW_SCRATCH: scratch });
      await server.get('/tiles/scene/quarters/tilejson.json');
      const before = await built();
      const answer = await server.get(url);
      await server.stop();
      expect(answer.statusCode, answer.payload.slice(0, 500)).toBe(200);
      return { before, picture: answer.rawPayload };
    };
    const first = await show();
    expect(first.before).toEqual([]);
    const { data, info } = await sharp(first.picture)
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): number[] => [
      ...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4),
    ];
    const greys = [at(20, 50), at(180, 50), at(20, 160), at(180, 160)].map(([grey = 0]) => grey);
    expect([...new Set(greys)].sort((a, b) => a - b)).toEqual(greys);
    expect([at(60, 50)[3], at(60, 160)[3], at(20, 50)[3]]).toEqual([0, 0, 255]);
    const again = await show();
    expect(again.picture.equals(first.picture)).toBe(true);
    expect(again.before).toHaveLength(1);
    expect(await built()).toEqual(again.before);
    expect((await readdir(folder)).filter((file) => file !== 'scratch')).toEqual(files);
  });
});

it('a scene whose overviews cannot be built is shown from its own pixels', async () => {
  const folder = temporaryFolder('no-overviews');
  const root = join(folder, 'workspace');
  await initWorkspace(root, new Date(0));
  const scene = await makeScene(folder, 'large', {
    bands: ['grey'],
    recipe: { ...SIZE, bands: 1, pixel: () => 100 },
  });
  await writeScene(root, scene);
  // A file where the folder should be.
  await writeFile(join(folder, 'scratch'), '');
  const server = await serverOf(root, { RESFLOW_SCRATCH: join(folder, 'scratch') });
  const url = `/arcgis/rest/services/scene:large/ImageServer/exportImage?bbox=${scene.bbox.join()}&bboxSR=4326&size=240,210&format=png`;
  const answer = await server.get(url);
  await server.stop();
  expect(answer.statusCode).toBe(200);
  expect((await sharp(answer.rawPayload).stats()).channels[0]?.max).toBe(100);
});
