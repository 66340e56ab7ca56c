import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { openGeoParquet } from '../labels/geoparquet-source.ts';
import { gdal } from '../raster/gdal.ts';
import type { SceneChips } from '../workspace/partition-record.ts';
import { chipFootprint, footprintHolds, footprintOfWkb, footprintWkb } from './chip-footprint.ts';
import { chipPicture } from './chip-picture.ts';
import { contactSheet } from './contact-sheet.ts';
import { stabilityIndex } from './drift.ts';
import { chipNamed, chipsAround, chipsAt, typicalChips } from './find-chips.ts';
import { HELD_OUT_BY_CHIP, HELD_OUT_BY_PLACE, holdOut } from './hold-out.ts';
import type { GalleryChip, SceneEntry } from './scene-chips.ts';
import { writeSceneChips } from './write-scene-chips.ts';

/** Ten chips in a row, a hundredth of a degree each, from 10 E, 50 N to the east. */
function entryOf(scene: string, acquired: string | null): SceneEntry {
  const chips = Array.from({ length: 10 }, (_, i): GalleryChip => {
    const at = { x: 64 * i, y: 0 };
    const code = Uint8Array.of(i, 255 - i);
    const id = `${scene}/0-${at.x}`;
    const where = { id, ...at, validShare: 0.75 };
    const looks = i === 9 ? { novelty: 2.5, unknown: true } : { novelty: null, unknown: null };
    return { ...where, code, cluster: i % 2, bucket: i % 3, distance: i, margin: 1, ...looks };
  });
  const source = { href: 'x.tif', size: 1, modified: null, etag: null, sha256: 'ab' };
  const record: SceneChips = {
    version: 1,
    partition: 'ab',
    scene,
    place: "it's here",
    acquired,
    href: 'x.tif',
    source,
    chips: 10,
    chipsSkipped: 0,
    codeBytes: 2,
    buckets: [4, 3, 3],
    far: 0,
  };
  const transform = [10, 0.01 / 64, 0, 50, 0, -0.01 / 64] as const;
  return { record, chips, chipPixels: 64, gsdMetres: 0.3, transform, toLonLat: (x, y) => [x, y] };
}

describe('chips of a scene', () => {
  let root = '';
  let folders: string[] = [];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'resflow-gallery-'));
    folders = ['a', 'b'].map((scene) => join(root, `scene=${scene}`));
    await writeSceneChips(folders[0] ?? '', entryOf('a', '2024-05-17T10:30:00Z'));
    await writeSceneChips(folders[1] ?? '', entryOf('b', null));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('are GeoParquet that another reader understands', async () => {
    const source = await openGeoParquet(join(folders[0] ?? '', 'chips.parquet'));
    try {
      expect(source.count).toBe(10);
      expect(source.srs?.isGeographic()).toBe(true);
      const envelopes: number[][] = [];
      for await (const { geometry } of source.features('chip')) {
        if (geometry === null || geometry === 'unreadable') throw new Error('no geometry');
        const { minX, minY, maxX, maxY } = geometry.getEnvelope();
        envelopes.push([minX, minY, maxX, maxY].map((v) => Math.round(v * 1e6) / 1e6));
      }
      expect(envelopes[3]).toEqual([10.03, 49.99, 10.04, 50]);
    } finally {
      source.close();
    }
  });

  it('are found by position, name and place', async () => {
    const [fourth, first] = await chipsAt(folders[0] ?? '', [4, 0]);
    expect(fourth).toMatchObject({
      id: 'a/0-256',
      scene: 'a',
      place: "it's here",
      bucket: 1,
      cluster: 0,
      x: 256,
    });
    expect(fourth?.acquired).toBe('2024-05-17T10:30:00Z');
    expect([...(fourth?.code ?? [])]).toEqual([4, 251]);
    expect(first?.id).toBe('a/0-0');
    expect(await chipNamed(folders, 'b/0-64')).toMatchObject({ scene: 'b', acquired: null });
    await expect(chipNamed(folders, "b'/0-64")).rejects.toMatchObject({ code: 'NO_CHIP' });
    const around = await chipsAround(folders, [10.055, 49.995]);
    expect(around.map(({ id }) => id)).toEqual(['a/0-320', 'b/0-320']);
    await expect(chipsAround(folders, [10.055, 51])).rejects.toMatchObject({ code: 'NO_CHIP_THERE' });
  });

  it('are found on both sides of the antimeridian', async () => {
    const folder = join(root, 'scene=edge');
    const toLonLat = (x: number, y: number) => [x > 180 ? x - 360 : x, y] as const;
    const transform = [179.955, 0.01 / 64, 0, 50, 0, -0.01 / 64] as const;
    await writeSceneChips(folder, { ...entryOf('edge', null), transform, toLonLat });
    for (const lon of [179.999, -179.999]) {
      const [only, ...more] = await chipsAround([folder], [lon, 49.995]);
      expect(only).toMatchObject({ id: 'edge/0-256', outline: { type: 'MultiPolygon' } });
      expect(only?.box).toEqual([179.995, 49.99, -179.995, 50]);
      expect(more).toEqual([]);
    }
    await expect(chipsAround([folder], [0, 49.995])).rejects.toMatchObject({ code: 'NO_CHIP_THERE' });
    const source = await openGeoParquet(join(folder, 'chips.parquet'));
    expect(source.count).toBe(10);
    source.close();
  });

  it('stand for their bucket, scenes in turn and the nearest to the centroid first', async () => {
    const typical = await typicalChips(folders, 0, 3);
    expect(typical.map(({ distance }) => distance)).toEqual([0, 0, 3]);
    expect(new Set(typical.slice(0, 2).map(({ scene }) => scene))).toEqual(new Set(['a', 'b']));
  });

  it('are written once', async () => {
    const other = { ...entryOf('a', null), chips: [] };
    expect(await writeSceneChips(folders[0] ?? '', other)).toBe(false);
    expect(await chipNamed(folders, 'a/0-0')).toMatchObject({ acquired: '2024-05-17T10:30:00Z' });
  });
});

describe('a chip on the ground', () => {
  it('is a polygon that GDAL reads back', () => {
    const window = { x: 2, y: 3, width: 4, height: 4 };
    const found = chipFootprint(window, [10, 1, 0.1, 20, 0.1, -1], (x, y) => [x, y]);
    const geometry = gdal.Geometry.fromWKB(Buffer.from(footprintWkb(found.geometry)));
    expect(geometry.isValid()).toBe(true);
    expect((geometry as unknown as { getArea(): number }).getArea()).toBeCloseTo(16 * 1.01, 9);
    expect(footprintOfWkb(footprintWkb(found.geometry))).toEqual(found.geometry);
    expect(found.bbox).toEqual([12.3, 13.2, 16.7, 17.6]);
  });

  it('is two polygons where it crosses the antimeridian, each on its side', () => {
    const toLonLat = (x: number, y: number) => [x > 180 ? x - 360 : x, y] as const;
    const window = { x: 0, y: 0, width: 4, height: 4 };
    const { geometry, bbox } = chipFootprint(window, [179, 1, 0, 10, 0, -1], toLonLat);
    expect(bbox).toEqual([179, 6, -177, 10]);
    const read = gdal.Geometry.fromWKB(Buffer.from(footprintWkb(geometry)));
    expect(read.name).toBe('MULTIPOLYGON');
    expect((read as unknown as { getArea(): number }).getArea()).toBeCloseTo(16, 9);
    expect(footprintOfWkb(footprintWkb(geometry))).toEqual(geometry);
    const held = [179.5, -178, -176.5, 178.5, 0].map((lon) => footprintHolds(geometry, [lon, 8]));
    expect(held).toEqual([true, true, false, false, false]);
  });

  it('contains what GDAL says it contains', () => {
    const window = { x: 0, y: 0, width: 8, height: 8 };
    const { geometry } = chipFootprint(window, [0, 1, 0.5, 0, 0.3, -1], (x, y) => [x, y]);
    const polygon = gdal.Geometry.fromWKB(Buffer.from(footprintWkb(geometry)));
    const random = seededRandom(1);
    const found = Array.from({ length: 300 }, () => {
      const point = [14 * random() - 1, 12 * random() - 9] as const;
      const inside = polygon.contains(new gdal.Point(...point));
      expect(footprintHolds(geometry, point)).toBe(inside);
      return inside;
    });
    expect(new Set(found).size).toBe(2);
  });
});

describe('holding out', () => {
  it('takes places, and leaves every cluster at least half of its chips', () => {
    const random = seededRandom(8);
    for (let round = 0; round < 50; round += 1) {
      const places = Array.from({ length: 200 }, () => `place ${randomInt(random, 9)}`);
      const clusters = Int32Array.from({ length: 200 }, () => randomInt(random, 3));
      const held = holdOut(places, clusters, round);
      const byPlace = [...held.group.keys()].filter((i) => held.group[i] === HELD_OUT_BY_PLACE);
      expect(new Set(byPlace.map((i) => places[i]))).toEqual(new Set(held.places));
      expect(byPlace.length).toBe(places.filter((place) => held.places.includes(place)).length);
      expect(byPlace.length).toBeGreaterThanOrEqual(20);
      for (const cluster of [0, 1, 2]) {
        const rows = [...clusters.keys()].filter((i) => clusters[i] === cluster);
        const out = rows.filter((i) => held.group[i] === HELD_OUT_BY_PLACE).length;
        expect(2 * out).toBeLessThanOrEqual(rows.length);
        const byChip = rows.filter((i) => held.group[i] === HELD_OUT_BY_CHIP).length;
        expect(byChip).toBe(Math.max(1, Math.round((rows.length - out) / 10)));
      }
    }
  });

  it('takes a tenth of each cluster only where there is one place, or where clusters are places', () => {
    const clusters = Int32Array.from({ length: 101 }, (_, i) => (i === 100 ? 2 : i % 2));
    const here = clusters as unknown as readonly number[];
    for (const places of [Array.from(here, () => 'one'), Array.from(here, (cluster) => `place ${cluster}`)]) {
      const held = holdOut(places, clusters, 3);
      expect(held.places).toEqual([]);
      const out = (cluster: number) =>
        [...clusters.keys()].filter((i) => clusters[i] === cluster && held.group[i] === HELD_OUT_BY_CHIP)
          .length;
      expect([out(0), out(1), out(2)]).toEqual([5, 5, 0]);
    }
  });
});

describe('drift', () => {
  it('is the population stability index', () => {
    expect(stabilityIndex([0.5, 0.5], [7, 7])).toBe(0);
    // Half a chip more in each of two buckets: 80 and 20 of 100.
    const expected = (0.8 - 0.5) * Math.log(0.8 / 0.5) + (0.2 - 0.5) * Math.log(0.2 / 0.5);
    expect(stabilityIndex([0.5, 0.5], [79.5, 19.5])).toBeCloseTo(expected, 12);
    expect(stabilityIndex([0.9, 0.1], [0, 1000])).toBeGreaterThan(5);
    // A scene of two chips can lack a bucket without having drifted.
    expect(stabilityIndex([0.6, 0.3, 0.1], [1, 1, 0])).toBeLessThan(0.25);
    expect(stabilityIndex([1, 0], [])).toBe(0);
  });
});

describe('a contact sheet', () => {
  it('shows pictures, empty frames and pixels without data', async () => {
    const window = { x: 0, y: 0, width: 4, height: 4 };
    const data = Uint16Array.from({ length: 48 }, (_, i) => (i < 16 ? 120 : 300));
    const valid = Uint8Array.from({ length: 16 }, (_, i) => (i === 5 ? 0 : 1));
    const block = { window, bands: 3, type: 'uint16' as const, data, valid };
    const picture = chipPicture(block, { mean: [100, 100, 500], std: [40, 40, 40] });
    // Half a deviation above the mean; five above and below: the ends of the range.
    expect([...picture.subarray(0, 3)]).toEqual([153, 255, 0]);
    expect([...picture.subarray(15, 18)]).toEqual([255, 255, 255]);
    const tiles = [
      { picture, side: 4, caption: 'a < b' },
      { picture: null, side: 4, caption: 'gone' },
    ];
    const sheet = await contactSheet({ title: 'A & B', subtitle: '', tiles });
    const { data: pixels, info } = await sharp(sheet)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([690, 254]);
    const at = (x: number, y: number) => [
      ...pixels.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3),
    ];
    // Enlarged by a filter that swings a little.
    [153, 255, 0].forEach((value, channel) => {
      expect(Math.abs((at(15, 70)[channel] ?? -9) - value)).toBeLessThanOrEqual(2);
    });
    expect(at(200, 100)).toEqual([228, 231, 235]);
    expect(at(500, 100)).toEqual([255, 255, 255]);
  });
});
