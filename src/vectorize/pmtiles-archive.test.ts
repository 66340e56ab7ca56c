import { gzipSync } from 'node:zlib';
import { PMTiles, zxyToTileId } from 'pmtiles';
import { expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { archiveHead, tileId } from './pmtiles-archive.ts';

const head = { minZoom: 8, maxZoom: 8, bounds: [-10, -20, 30, 40], metadata: { name: 'x' } } as const;

it('numbers tiles as the library of the format does', () => {
  for (const [z, x, y] of [
    [0, 0, 0],
    [1, 1, 0],
    [5, 17, 30],
    [16, 39_000, 31_234],
    [18, 262_143, 1],
  ] as const)
    expect(tileId({ z, x, y })).toBe(zxyToTileId(z, x, y));
});

it.each([1, 65_536])(
  'lets that library find each of %i tiles, by leaves where there are many',
  async (count) => {
    const random = seededRandom(3);
    // Lengths that gzip cannot make small, so that one directory would be too large.
    const tiles = Array.from({ length: count }, (_, i) => ({ x: i % 256, y: i >> 8 }))
      .map(({ x, y }) => ({ id: tileId({ z: 8, x, y }), x, y }))
      .sort((a, b) => a.id - b.id);
    const bodies = tiles.map(({ x, y }) =>
      gzipSync(Buffer.from(`${x} ${y}${' ?'.repeat(Math.floor(random() * 60))}`), { level: 0 }),
    );
    let offset = 0;
    const entries = tiles.map(({ id }, i) => {
      const length = bodies[i]?.length ?? 0;
      offset += length;
      return { id, offset: offset - length, length };
    });
    const bytes = Buffer.concat([archiveHead(entries, head), ...bodies]);
    const archive = new PMTiles({
      getKey: () => 'memory',
      getBytes: (from, length) =>
        Promise.resolve({ data: new Uint8Array(bytes.subarray(from, from + length)).buffer }),
    });
    const header = await archive.getHeader();
    expect(header.leafDirectoryLength !== undefined && header.leafDirectoryLength > 0).toBe(count > 1);
    expect([header.minLon, header.minLat, header.maxLon, header.maxLat]).toEqual(head.bounds);
    expect(await archive.getMetadata()).toEqual({ name: 'x' });
    for (const { x, y } of [tiles[0], tiles[Math.floor(count / 3)], tiles.at(-1)].flatMap(
      (one) => one ?? [],
    )) {
      const tile = await archive.getZxy(8, x, y);
      expect(Buffer.from(tile?.data ?? new ArrayBuffer(0)).toString()).toMatch(new RegExp(`^${x} ${y}( |$)`));
    }
  },
);
