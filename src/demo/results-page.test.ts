import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gdal } from '../raster/gdal.ts';
import { writeFixtureScene } from './fixture-scene.ts';
import { writeResultsPage, type ResultsPage } from './results-page.ts';
import { drawScenePicture } from './scene-picture.ts';

let folder = '';
let made: Awaited<ReturnType<typeof writeFixtureScene>>;
let classMap = '';

/** A class map of half the scene's resolution: class 1 in columns 32..63, rows 16..47; no data in its last row. */
function writeClassMap(path: string, image: string): void {
  const scene = gdal.open(image);
  const map = gdal.open(path, 'w', 'GTiff', 128, 128, 1, gdal.GDT_Byte);
  const [x0 = 0, dx = 1, , y0 = 0, , dy = -1] = scene.geoTransform ?? [];
  map.srs = scene.srs;
  map.geoTransform = [x0, dx * 2, 0, y0, 0, dy * 2];
  const pixels = new Uint8Array(128 * 128);
  for (let row = 16; row < 48; row++) pixels.fill(1, row * 128 + 32, row * 128 + 64);
  pixels.fill(255, 127 * 128);
  map.bands.get(1).pixels.write(0, 0, 128, 128, pixels);
  map.close();
  scene.close();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resflow-results-'));
  made = await writeFixtureScene(folder, { name: 'scene', seed: 7 });
  classMap = join(folder, 'class.tif');
  writeClassMap(classMap, made.image);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('drawScenePicture', () => {
  it('lays the map where it belongs, whatever its pixel size', async () => {
    const colours = new Map([[1, '#e8452c']]);
    const picture = await drawScenePicture({ image: made.image, classMap, labels: null, colours });
    expect([picture.width, picture.height]).toEqual([256, 256]);
    const { data } = await sharp(picture.overlay).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const at = (col: number, row: number) => [
      ...data.subarray((row * 256 + col) * 4, (row * 256 + col) * 4 + 4),
    ];
    const alphas = {
      inside: at(90, 60)[3],
      edge: at(64, 60)[3],
      beside: at(63, 60)[3],
      below: at(90, 97)[3],
    };
    expect(alphas).toEqual({ inside: 105, edge: 255, beside: 0, below: 0 });
    expect(at(64, 60)).toEqual([0xe8, 0x45, 0x2c, 255]);
  });

  it('outlines the labels where their roofs are', async () => {
    const picture = await drawScenePicture({
      image: made.image,
      classMap,
      labels: made.footprints,
      colours: new Map(),
    });
    const starts = [...picture.outlines.matchAll(/M([\d.-]+) ([\d.-]+)/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    expect(starts).toHaveLength(made.scene.footprints.length);
    made.scene.footprints.forEach((ring, k) => {
      const gaps = ring.map(([x, y]) => Math.hypot(x - (starts[k]?.[0] ?? 0), y - (starts[k]?.[1] ?? 0)));
      expect(Math.min(...gaps)).toBeLessThan(0.15);
    });
  });
});

describe('writeResultsPage', () => {
  const interval = { low: 0.4, high: 0.6 };
  const page = (): ResultsPage => ({
    file: join(folder, 'results.html'),
    title: 'Roofs & <walls>',
    report: join(folder, 'report.html'),
    scenes: [
      { scene: 'scene', note: 'one', image: made.image, labels: made.footprints },
      { scene: 'failed', note: 'never mapped', image: made.image, labels: null },
    ],
    run: {
      run: 'r1',
      seconds: 2,
      megapixels: 0.07,
      megapixelsPerSecond: 0.03,
      peakMemoryMiB: 300,
      scenes: [
        { scene: 'scene', layers: { class: classMap } },
        { scene: 'failed', layers: {} },
      ],
    },
    evaluation: {
      application: 'a',
      model: { id: 'm', variant: 'int8' },
      classes: [
        { value: 0, name: 'background', colour: '#000000' },
        { value: 1, name: 'building', colour: '#e8452c' },
      ],
      scenes: [
        {
          scene: 'scene',
          place: 'p',
          gsdMetres: 0.5,
          scores: {
            classes: [
              {
                class: 'building',
                iou: 0.512,
                f1: null,
                objects: { labelled: 9, mapped: 8, matched: 7, f1: 0.8 },
                intervals: { iou: interval, f1: null, objectF1: null },
              },
            ],
          },
        },
      ],
    },
  });

  it('writes one page that needs no other file, with scores, intervals and links', async () => {
    await writeResultsPage(page());
    const html = await readFile(join(folder, 'results.html'), 'utf8');
    expect(html).toContain('0.51 <small>0.40–0.60</small>');
    expect(html).toContain('9 · 8 · 7');
    expect(html).toContain('Roofs &amp; &lt;walls&gt;');
    expect(html).toContain('href="class.tif"');
    expect(html).toContain('href="report.html"');
    expect(html).not.toMatch(/src="(?!data:)/);
    expect(html).toContain('data:image/jpeg;base64,');
  });

  it('shows a scene that was not mapped as such, not as a gap', async () => {
    await writeResultsPage(page());
    const html = await readFile(join(folder, 'results.html'), 'utf8');
    expect(html).toContain('never mapped');
    expect(html).toContain('Not mapped');
  });
});
