import { afterAll, beforeAll, expect, it } from 'vitest';
import { listening, RUN, servedWorkspace } from '../../../tests/fixtures/served-workspace.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { gdal, type Dataset } from '../../raster/gdal.ts';

const folder = temporaryFolder('wmts');
let server: Awaited<ReturnType<typeof listening>>;

beforeAll(async () => {
  // GDAL keeps what it fetched, by itself in the working folder.
  gdal.config.set('GDAL_DEFAULT_WMS_CACHE_PATH', `${folder}/cache`);
  server = await listening((await servedWorkspace(folder)).root);
});
afterAll(() => server.stop());

const capabilities = async (): Promise<string> =>
  (await server.get('/wmts?SERVICE=WMTS&REQUEST=GetCapabilities')).payload;

it('lists scenes and the layers of runs, with both sets, formats and addresses', async () => {
  const text = await capabilities();
  const layers = [...text.matchAll(/<ows:Identifier>((?:scene|map):[^<]+)<\/ows:Identifier>/g)].map(
    ([, id]) => id,
  );
  expect(layers).toEqual(['scene:east', 'scene:west', `map:${RUN}:_:class`, `map:${RUN}:_:confidence`]);
  expect(text.match(/<TileMatrixSetLink>/g)).toHaveLength(8);
  expect(text.match(/<TileMatrixSet>\s*<ows:Identifier>/g)).toHaveLength(2);
  expect(text).toContain(
    'template="http://127.0.0.1/wmts/1.0.0/scene:west/default/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png"',
  );
  // A positive integer, says the schema.
  expect(text).toContain('<MinTileRow>');
  expect(text).not.toMatch(/<M(in|ax)Tile(Row|Col)>0</);
  // Every element that is opened is closed, in order.
  const open: string[] = [];
  for (const [, end, name, empty] of text.matchAll(/<(\/?)([A-Za-z:0-9]+)[^<>]*?(\/?)>/g)) {
    if (end === '/') expect(open.pop()).toBe(name);
    else if (empty !== '/') open.push(name ?? '');
  }
  expect(open).toEqual([]);
});

it.each(['WebMercatorQuad', 'WorldCRS84Quad'])(
  'GDAL opens it and sees in %s what the file holds',
  async (set) => {
    const wmts = await gdal.openAsync(
      `WMTS:${server.origin}/wmts?service=WMTS&request=GetCapabilities,layer=scene:west,tilematrixset=${set}`,
    );
    expect(wmts.bands.count()).toBe(4);
    // The corner of the scene's box: what GDAL reads there is there in the file too.
    const { place, centre } = centreOf(wmts);
    const direct = gdal.open(`${folder}/west.tif`);
    const expected = blockMean(direct, ...pixelAt(direct, centre, wmts));
    const got = await blockMeanAsync(wmts, ...place);
    for (let b = 0; b < 3; b++) expect(Math.abs((expected[b] ?? 0) - (got[b] ?? 0))).toBeLessThan(6);
    expect(got[3]).toBe(255);
    direct.close();
    wmts.close();
  },
);

it('GDAL reads map tiles by their addresses as well', async () => {
  const half = Math.PI * 6378137;
  const xml = `<GDAL_WMS><Service name="TMS"><ServerUrl>${server.origin}/tiles/scene/west/\${z}/\${x}/\${y}.png</ServerUrl></Service>
    <DataWindow><UpperLeftX>${-half}</UpperLeftX><UpperLeftY>${half}</UpperLeftY><LowerRightX>${half}</LowerRightX><LowerRightY>${-half}</LowerRightY>
    <TileLevel>19</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin></DataWindow>
    <Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY><BandsCount>4</BandsCount></GDAL_WMS>`;
  const tiles = await gdal.openAsync(xml);
  const cell = (2 * half) / 256 / 2 ** 19;
  const at = (x: number, y: number): Place => [
    Math.round((x + half) / cell),
    Math.round((half - y) / cell),
    64,
    64,
  ];
  const got = await blockMeanAsync(tiles, ...at(4_370_030, -690_020));
  const direct = gdal.open(`${folder}/west.tif`);
  const side = Math.round((64 * cell) / 0.5);
  const expected = blockMean(direct, 60, 40, side, side);
  for (let b = 0; b < 3; b++) expect(Math.abs((expected[b] ?? 0) - (got[b] ?? 0))).toBeLessThan(4);
  expect(got[3]).toBe(255);
  direct.close();
  tiles.close();
});

it('gives tiles by key-value pairs and by address alike', async () => {
  const text = await capabilities();
  const limits =
    /<TileMatrix>19<\/TileMatrix><MinTileRow>(\d+)<\/MinTileRow><MaxTileRow>\d+<\/MaxTileRow><MinTileCol>(\d+)</.exec(
      text,
    );
  const [row, column] = [limits?.[1], limits?.[2]];
  const kvp = await server.get(
    `/wmts?service=WMTS&VERSION=1.0.0&Request=GetTile&layer=scene:east&style=default&tilematrixset=WebMercatorQuad&tilematrix=19&tilerow=${row}&TILECOL=${column}&format=image/png`,
  );
  const rest = await server.get(`/wmts/1.0.0/scene:east/default/WebMercatorQuad/19/${row}/${column}.png`);
  expect([kvp.statusCode, rest.statusCode, kvp.headers['content-type']]).toEqual([200, 200, 'image/png']);
  expect(kvp.rawPayload.equals(rest.rawPayload)).toBe(true);
  const xyz = await server.get(`/tiles/scene/east/19/${column}/${row}.png`);
  expect(xyz.rawPayload.equals(rest.rawPayload)).toBe(true);
});

it('hands a key on in its addresses, and escapes it', async () => {
  const { payload } = await server.get('/wmts?key=a%22%3Cb');
  expect(payload).toContain('.png?key=a%22%3Cb"');
  expect(payload).not.toContain('a"<b');
});

it.each([
  [400, 'REQUEST=GetFeatureInfo'],
  [400, 'REQUEST=GetTile'],
  [400, 'REQUEST=GetTile&LAYER=/etc/passwd&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=0&TILEROW=0&TILECOL=0'],
  [404, 'REQUEST=GetTile&LAYER=scene:west&TILEMATRIXSET=Nope&TILEMATRIX=0&TILEROW=0&TILECOL=0'],
  [400, 'REQUEST=GetTile&LAYER=scene:west&TILEMATRIXSET=WorldCRS84Quad&TILEMATRIX=0&TILEROW=1&TILECOL=0'],
  [400, 'REQUEST=GetTile&LAYER=scene:west&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=NaN&TILEROW=0&TILECOL=0'],
  [
    400,
    'REQUEST=GetTile&LAYER=scene:west&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=0&TILEROW=0&TILECOL=0&FORMAT=image/tiff',
  ],
  [
    400,
    'REQUEST=GetTile&LAYER=scene:west&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=0&TILEROW=0&TILECOL=0&FORMAT=toString',
  ],
  [404, 'REQUEST=GetTile&LAYER=scene:nowhere&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=0&TILEROW=0&TILECOL=0'],
])('%d for %s', async (status, query) => {
  const answer = await server.get(`/wmts?SERVICE=WMTS&${query}`);
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
});

type Place = [x: number, y: number, width: number, height: number];

/** A window of some pixels in the middle of a raster, and its middle in CRS coordinates. */
function centreOf(dataset: Dataset): { place: Place; centre: [number, number] } {
  const { x, y } = dataset.rasterSize;
  const [a = 0, b = 0, , d = 0, , f = 0] = dataset.geoTransform ?? [];
  const [col, row] = [x >> 1, y >> 1];
  return { place: [col - 8, row - 8, 16, 16], centre: [a + b * col, d + f * row] };
}

/** The window of a raster that covers the same ground around a place given in another's CRS. */
function pixelAt(dataset: Dataset, centre: [number, number], other: Dataset): Place {
  const change = new gdal.CoordinateTransformation(
    gdal.SpatialReference.fromProj4(other.srs?.toProj4() ?? ''),
    gdal.SpatialReference.fromProj4(dataset.srs?.toProj4() ?? ''),
  );
  const at = change.transformPoint(...centre);
  const [a = 0, b = 1, , d = 0, , f = 1] = dataset.geoTransform ?? [];
  const [, own = 1] = other.geoTransform ?? [];
  const metres = other.srs?.isGeographic() === true ? own * 111_320 : own;
  const side = Math.max(2, Math.round((16 * metres) / b));
  return [Math.round((at.x - a) / b - side / 2), Math.round((at.y - d) / f - side / 2), side, side];
}

const meanOf = (data: Uint8Array): number => data.reduce((sum, value) => sum + value, 0) / data.length;

const blockMean = (dataset: Dataset, ...[x, y, width, height]: Place): number[] =>
  dataset.bands.map((band) => {
    const data = new Uint8Array(width * height);
    band.pixels.read(x, y, width, height, data);
    return meanOf(data);
  });

async function blockMeanAsync(dataset: Dataset, ...[x, y, width, height]: Place): Promise<number[]> {
  const means: number[] = [];
  for (let b = 1; b <= dataset.bands.count(); b++) {
    const data = new Uint8Array(width * height);
    await dataset.bands.get(b).pixels.readAsync(x, y, width, height, data);
    means.push(meanOf(data));
  }
  return means;
}
