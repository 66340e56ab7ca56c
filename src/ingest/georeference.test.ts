import { describe, expect, it } from 'vitest';
import { inspect, rasterMaker, ringsOf, SIZE } from '../../tests/fixtures/inspecting.ts';
import { gdal } from '../raster/gdal.ts';
import { ringArea } from '../raster/geographic-polygons.ts';

const { make } = rasterMaker('georeference');

describe('position', () => {
  it('UTM: code, WKT 2, transform in the order of the extension, true ground distance', async () => {
    const { properties, bbox } = await inspect(make({ ...SIZE }));
    expect(properties).toMatchObject({
      'proj:code': 'EPSG:32645',
      'proj:shape': [150, 200],
      'proj:transform': [0.5, 0, 500000, 0, -0.5, 3000000],
      'resflow:crs_assigned': false,
    });
    expect(properties['proj:wkt2']).toMatch(/^PROJCRS\[/);
    // The scale on the central meridian is 0.9996: the ground is larger than the grid.
    expect(properties['resflow:gsd_columns']).toBeCloseTo(0.5 / 0.9996, 6);
    expect(properties['resflow:gsd_rows']).toBeCloseTo(0.5 / 0.9996, 5);
    expect(bbox[0]).toBeCloseTo(87, 6);
    expect(bbox[3]).toBeCloseTo(27.1225, 3);
  });

  it('Web Mercator at 60 degrees north: half the nominal size', async () => {
    const { properties, bbox } = await inspect(
      make({ ...SIZE, epsg: 3857, transform: [1e6, 1, 0, 8399738, 0, -1] }),
    );
    expect(properties.gsd).toBeGreaterThan(0.5);
    expect(properties.gsd).toBeLessThan(0.502);
    expect(bbox[1]).toBeCloseTo(60, 2);
  });

  it('degrees, longitude first in the file, and columns shorter than rows', async () => {
    const { properties, bbox } = await inspect(
      make({ ...SIZE, epsg: 4326, transform: [10, 1e-5, 0, 60, 0, -1e-5] }),
    );
    expect(properties['proj:code']).toBe('EPSG:4326');
    expect(bbox.map((v) => Math.round(v * 1e4) / 1e4)).toEqual([10, 59.9985, 10.002, 60]);
    expect(properties['resflow:gsd_columns']).toBeCloseTo(0.558, 3);
    expect(properties['resflow:gsd_rows']).toBeCloseTo(1.114, 3);
  });

  it('a CRS whose authority puts northing first, given by the user', async () => {
    const href = make({ ...SIZE, epsg: null, transform: [1_570_000, 1, 0, 5_180_000, 0, -1] });
    const { bbox, properties } = await inspect(href, { crs: 'EPSG:2193' });
    expect(properties['resflow:crs_assigned']).toBe(true);
    // Christchurch, New Zealand.
    expect(bbox[0]).toBeCloseTo(172.63, 1);
    expect(bbox[1]).toBeCloseTo(-43.53, 1);
  });

  it('rotated: the outline turns with the raster', async () => {
    const scene = await inspect(make({ ...SIZE, transform: [500_000, 0.4, 0.3, 3_000_000, 0.3, -0.4] }));
    expect(scene.properties.gsd).toBeCloseTo(0.5, 2);
    const [ring = []] = ringsOf(scene);
    expect(ring.length).toBe(5);
    expect(new Set(ring.map(([x]) => x)).size).toBe(4);
    expect(ringArea(ring.slice(0, -1))).toBeGreaterThan(0);
  });

  // The same ground at 17 degrees south, across the antimeridian, in four CRSs.
  it.each([
    ['UTM zone 1', 32701, [180_501, 0.5, 0, 8_117_999, 0, -0.5]],
    ['degrees beyond 180', 4326, [179.9995, 5e-6, 0, -17, 0, -5e-6]],
    ['degrees below -180', 4326, [-180.0005, 5e-6, 0, -17, 0, -5e-6]],
    ['Mercator about 150 degrees east', 3832, [3_339_535, 0.5, 0, -1_900_000, 0, -0.5]],
  ])(
    'across the antimeridian in %s: two parts, a narrow box, true ground distance',
    async (_, epsg, transform) => {
      const scene = await inspect(make({ ...SIZE, epsg, transform }));
      expect(scene.geometry.type).toBe('MultiPolygon');
      const [west = 0, , east = 0] = scene.bbox;
      expect(west).toBeGreaterThan(179.99);
      expect(east).toBeLessThan(-179.99);
      const lons = ringsOf(scene)
        .flat()
        .map(([lon = 0]) => lon);
      expect(Math.max(...lons)).toBe(180);
      expect(Math.min(...lons)).toBe(-180);
      expect(Math.min(...lons.map(Math.abs))).toBeGreaterThan(179.99);
      expect(scene.properties.gsd).toBeCloseTo(0.5, 1);
    },
  );

  it('about the pole: a cap of the earth, true ground distance', async () => {
    const scene = await inspect(
      make({ width: 200, height: 200, epsg: 3031, transform: [-100, 1, 0, 100, 0, -1] }),
    );
    expect(scene.bbox.slice(0, 3)).toEqual([-180, -90, 180]);
    // Polar stereographic, true at 71 degrees south: a grid metre is 1.028 m on the ground at the pole.
    expect(scene.properties.gsd).toBeCloseTo(1.028, 3);
  });

  it('no CRS, control points only, no position, a CRS that does not fit: each refused by its name', async () => {
    await expect(inspect(make({ ...SIZE, epsg: null }))).rejects.toMatchObject({
      code: 'NO_CRS',
      hint: expect.stringContaining('--crs') as string,
    });
    const gcps = make({
      ...SIZE,
      transform: null,
      epsg: null,
      finish: (dataset) =>
        dataset.setGCPs(
          [
            [0, 0],
            [200, 0],
            [0, 150],
            [200, 150],
          ].map(([col = 0, row = 0]) => ({
            dfGCPPixel: col,
            dfGCPLine: row,
            dfGCPX: 87 + col / 1e5,
            dfGCPY: 27 - row / 1e5,
            dfGCPZ: 0,
            pszId: '',
            pszInfo: '',
          })),
          gdal.SpatialReference.fromEPSG(4326).toWKT(),
        ),
    });
    await expect(inspect(gcps)).rejects.toMatchObject({ code: 'GCP_ONLY' });
    const bare = make({ ...SIZE, transform: null, epsg: null });
    await expect(inspect(bare, { crs: 'EPSG:32645' })).rejects.toMatchObject({ code: 'NO_GEOTRANSFORM' });
    const far = make({ ...SIZE, epsg: null, transform: [1e12, 1, 0, 1e12, 0, -1] });
    await expect(inspect(far, { crs: 'EPSG:32645' })).rejects.toMatchObject({ code: 'OFF_THE_EARTH' });
    await expect(inspect(far, { crs: 'EPSG:999999' })).rejects.toMatchObject({ code: 'BAD_CRS' });
  });
});
