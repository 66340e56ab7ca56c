import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { serverOf } from '../../../tests/fixtures/served-workspace.ts';
import sharp from 'sharp';
import { gdal } from '../../raster/gdal.ts';
import { inspectScene } from '../../ingest/inspect-scene.ts';
import { previewsFolder } from '../../workspace/layout.ts';
import { initWorkspace } from '../../workspace/workspace.ts';
import { writeScene } from '../../workspace/scenes.ts';

const SIZE = { width: 6000, height: 4300 };

/** A scene of quarters in four greys, a bar without data in the left ones, and no overviews. */
function writeQuarters(path: string): void {
  const { width, height } = SIZE;
  const dataset = gdal.open(path, 'w', 'GTiff', width, height, 1, gdal.GDT_UInt16, ['TILED=YES']);
  dataset.srs = gdal.SpatialReference.fromEPSG(32737);
  dataset.geoTransform = [500000, 0.5, 0, 9000000, 0, -0.5];
  const band = dataset.bands.get(1);
  band.noDataValue = 0;
  const row = (y: number) =>
    Uint16Array.from({ length: width }, (_, x) =>
      x >= 1300 && x < 1700 ? 0 : 1000 * (1 + Number(x >= width / 2) + 2 * Number(y >= height / 2)),
    );
  for (const [start, end] of [
    [0, height / 2],
    [height / 2, height],
  ] as const) {
    const one = row(start);
    for (let y = start; y < end; y += 1) band.pixels.write(0, y, width, 1, one);
  }
  dataset.close();
}

describe('a scene without overviews', () => {
  it('is shown whole by a preview, which is made once and kept', async () => {
    const folder = temporaryFolder('previews');
    const root = join(folder, 'workspace');
    await initWorkspace(root, new Date(0));
    const image = join(folder, 'quarters.tif');
    writeQuarters(image);
    const said = {
      place: 'p',
      split: null,
      crs: null,
      noData: { kind: 'auto' as const },
      date: null,
      bands: null,
    };
    await writeScene(root, await inspectScene(image, 'quarters', said, new Date(0)));
    const show = async () => {
      const server = await serverOf(root);
      const json = JSON.parse((await server.get('/tiles/scene/quarters/tilejson.json')).body) as {
        bounds: number[];
      };
      const [west = 0, south = 0, east = 0, north = 0] = json.bounds;
      const url = `/arcgis/rest/services/scene:quarters/ImageServer/exportImage?bbox=${west},${south},${east},${north}&bboxSR=4326&imageSR=4326&size=300,215&format=png&f=image`;
      const answer = await server.get(url);
      await server.stop();
      return answer;
    };
    const answer = await show();
    expect(answer.statusCode, answer.body.slice(0, 500)).toBe(200);
    const { data, info } = await sharp(answer.rawPayload)
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [
      ...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4),
    ];
    const greys = [at(100, 50), at(220, 50), at(100, 165), at(220, 165)].map(([grey = 0]) => grey);
    expect([...greys].sort((a, b) => a - b)).toEqual(greys);
    expect(new Set(greys).size).toBe(4);
    expect(at(75, 100)[3]).toBe(0);
    expect(at(30, 100)[3]).toBe(255);
    const files = await readdir(previewsFolder(root));
    expect(files).toHaveLength(1);
    expect((await show()).rawPayload).toEqual(answer.rawPayload);
    expect(await readdir(previewsFolder(root))).toEqual(files);
  });
});
