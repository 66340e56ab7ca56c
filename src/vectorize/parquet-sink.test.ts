import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { mappedObject } from '../../tests/fixtures/tracing.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { hilbertIndex } from './hilbert.ts';
import { openParquet } from './parquet-sink.ts';

const folder = temporaryFolder('parquet-sink');
const bounds = [0, 0, 1000, 1000] as const;
const request = (name: string) => ({
  path: join(folder, name),
  format: 'parquet' as const,
  layer: 'buildings',
  crs: 'EPSG:32645',
  bounds,
  gsdMetres: 1,
});

describe('GeoParquet, as hyparquet reads it', () => {
  it('has rows along the curve, their bounds, and what the standard asks for', async () => {
    const sink = await openParquet(request('objects.parquet'));
    const objects = Array.from({ length: 500 }, (_, i) =>
      mappedObject(String(i), (i * 379) % 990, (i * 617) % 990),
    );
    await sink.write(objects.slice(0, 200));
    await sink.write(objects.slice(200));
    await sink.finish();
    expect(readdirSync(folder)).toEqual(['objects.parquet']);
    const file = await asyncBufferFromFile(join(folder, 'objects.parquet'));
    const metadata = await parquetMetadataAsync(file);
    const geo = JSON.parse(
      metadata.key_value_metadata?.find(({ key }) => key === 'geo')?.value ?? '{}',
    ) as object;
    expect(geo).toMatchObject({
      version: '1.1.0',
      primary_column: 'geometry',
      columns: {
        geometry: {
          encoding: 'WKB',
          geometry_types: ['Polygon'],
          crs: { id: { authority: 'EPSG', code: 32645 } },
          covering: { bbox: { xmin: ['bbox', 'xmin'] } },
        },
      },
    });
    const rows = (await parquetReadObjects({ file })) as {
      id: string;
      bbox: { xmin: number; ymin: number; xmax: number; ymax: number };
      geometry: { type: string; coordinates: number[][][] };
      bucket: number | null;
    }[];
    expect(new Set(rows.map(({ id }) => id)).size).toBe(500);
    const places = rows.map(({ bbox }) =>
      hilbertIndex(bounds, (bbox.xmin + bbox.xmax) / 2, (bbox.ymin + bbox.ymax) / 2),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    for (const { geometry, bbox, bucket } of rows) {
      // It finds the geometry by the `geo` metadata.
      const [xs, ys] = [0, 1].map((axis) => geometry.coordinates.flat().map((point) => point[axis] ?? 0));
      expect(geometry.type).toBe('Polygon');
      expect(bbox).toEqual({
        xmin: Math.min(...(xs ?? [])),
        ymin: Math.min(...(ys ?? [])),
        xmax: Math.max(...(xs ?? [])),
        ymax: Math.max(...(ys ?? [])),
      });
      expect(bucket).toBeNull();
    }
  });

  it('is whole without objects, and nothing where it is given up', async () => {
    const empty = await openParquet(request('empty.parquet'));
    await empty.finish();
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'empty.parquet')) });
    expect(rows).toEqual([]);
    const given = await openParquet(request('up.parquet'));
    await given.write([mappedObject('a', 0, 0)]);
    await given.abort();
    expect(readdirSync(folder).filter((name) => name.startsWith('up'))).toEqual([]);
  });
});
