import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gdalPixels } from '../../../tests/fixtures/make-raster.ts';
import { application, MERCATOR_SCENE, square, writeGeoJson } from '../../../tests/fixtures/labelled-scene.ts';
import { LABEL_REQUEST } from '../../../tests/fixtures/labelling.ts';
import { RUN, serverOf, servedWorkspace } from '../../../tests/fixtures/served-workspace.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { OUTCOMES } from '../../evaluation/report/paint.ts';
import { prepareLabels, validityCache } from '../../labels/add-labels.ts';
import { writeApplication, writeLabelSource } from '../../workspace/applications.ts';

const folder = temporaryFolder('errors');
const { width: WIDTH, height: HEIGHT } = MERCATOR_SCENE;
/** Left, top, side of the labelled building, in pixels. */
const [LEFT, TOP, SIDE] = [40.2, 30.3, 90];
let server: Awaited<ReturnType<typeof serverOf>>;

beforeAll(async () => {
  const { root, scenes } = await servedWorkspace(folder);
  const app = application();
  await writeApplication(root, app);
  const path = writeGeoJson(join(folder, 'labels.geojson'), [{ rings: [square(LEFT, TOP, SIDE)] }]);
  const { record } = await prepareLabels(
    app,
    path,
    { ...LABEL_REQUEST, complete: { kind: 'scene' }, named: ['west'] },
    {
      scenes: scenes.filter(({ id }) => id === 'west'),
      created: '2024-01-01T00:00:00.000Z',
      validity: validityCache(app.gsdMetres),
    },
  );
  await writeLabelSource(root, record);
  server = await serverOf(root);
});
afterAll(() => server.stop());

/** What a pixel is to show: from the class file and the square, by the words of the legend. */
function expectedOutcome(given: number, i: number): keyof typeof OUTCOMES | null {
  const [x, y] = [(i % WIDTH) + 0.5, Math.floor(i / WIDTH) + 0.5];
  const labelled = x > LEFT && x < LEFT + SIDE && y > TOP && y < TOP + SIDE;
  // 4 is no class of the application.
  if (given === 255 || given === 4) return null;
  if (labelled) return given === 1 ? 'right' : 'missed';
  return given === 1 ? 'extra' : null;
}

it('shows what became of each labelled pixel', async () => {
  const classes = gdalPixels(join(folder, 'workspace', 'runs', RUN, 'maps', 'west', 'class-128.tif'), 1);
  const answer = await server.get(
    `/arcgis/rest/services/map:${RUN}:west:error/ImageServer/exportImage?bbox=4370000,-690080,4370100,-690000&size=${WIDTH},${HEIGHT}&format=png`,
  );
  expect(answer.statusCode, answer.payload.slice(0, 300)).toBe(200);
  const rgba = await sharp(answer.rawPayload).ensureAlpha().raw().toBuffer();
  const seen = new Set<string>();
  const wrong: number[] = [];
  classes.forEach((given, i) => {
    const outcome = expectedOutcome(given, i);
    seen.add(String(outcome));
    const shown = rgba[4 * i + 3] === 0 ? null : `#${rgba.toString('hex', 4 * i, 4 * i + 3)}`;
    if (shown !== (outcome === null ? null : OUTCOMES[outcome].colour)) wrong.push(i);
  });
  expect(wrong.slice(0, 5)).toEqual([]);
  expect([...seen].sort()).toEqual(['extra', 'missed', 'null', 'right']);
});

it('has tiles of a scene and of the run, at every level, and a legend', async () => {
  for (const scene of ['west', '_']) {
    const { legend, minzoom, maxzoom } = (
      await server.get(`/tiles/map/${RUN}/${scene}/error/tilejson.json`)
    ).json<{
      legend: { label: string }[];
      minzoom: number;
      maxzoom: number;
    }>();
    expect(legend.map(({ label }) => label)).toContain(OUTCOMES.missed.text);
    for (let z = minzoom; z <= maxzoom; z++) {
      const side = (2 * Math.PI * 6378137) / 2 ** z;
      const [x, y] = [
        Math.floor((4_370_050 + 20037508.34) / side),
        Math.floor((20037508.34 + 690_040) / side),
      ];
      const tile = await server.get(`/tiles/map/${RUN}/${scene}/error/${z}/${x}/${y}.png`);
      expect([z, tile.statusCode]).toEqual([z, 200]);
    }
  }
});

it('is not there where nothing is labelled', async () => {
  const answer = await server.get(`/tiles/map/${RUN}/east/error/tilejson.json`);
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'NO_LAYER']);
});
