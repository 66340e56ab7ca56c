import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUN, serverOf, servedWorkspace } from '../../../tests/fixtures/served-workspace.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';

const folder = temporaryFolder('arcgis');
const SERVICE = '/arcgis/rest/services/scene:west/ImageServer';
let server: Awaited<ReturnType<typeof serverOf>>;

beforeAll(async () => {
  server = await serverOf((await servedWorkspace(folder)).root);
});
afterAll(() => server.stop());

interface Service {
  readonly extent: { xmin: number; ymin: number; xmax: number; ymax: number };
  readonly tileInfo: {
    origin: { x: number; y: number };
    lods: { level: number; resolution: number; scale: number }[];
  };
}

const service = async (): Promise<Service> => (await server.get(`${SERVICE}?f=json`)).json();

describe('ArcGIS image services', () => {
  it('are listed, and describe themselves', async () => {
    const { services } = (await server.get('/arcgis/rest/services?f=pjson')).json<{
      services: { name: string }[];
    }>();
    expect(services.map(({ name }) => name)).toContain(`map:${RUN}:_:class`);
    const { extent, tileInfo } = await service();
    expect(extent.xmin).toBeCloseTo(4_370_000, 0);
    expect(extent.ymax).toBeCloseTo(-690_000, 0);
    // As ArcGIS Online's own Web Mercator scheme.
    expect(tileInfo.lods[0]).toMatchObject({ level: 0, resolution: 156543.03392804097 });
    expect(tileInfo.lods[0]?.scale).toBeCloseTo(591657527.591555, 0);
    expect(tileInfo.origin.x).toBeCloseTo(-20037508.342787, 5);
  });

  it('give the tiles that XYZ gives, row before column', async () => {
    const { extent, tileInfo } = await service();
    const side = 256 * (tileInfo.lods[19]?.resolution ?? 1);
    const column = Math.floor((extent.xmin + 30 - tileInfo.origin.x) / side);
    const row = Math.floor((tileInfo.origin.y - extent.ymax + 30) / side);
    const tile = await server.get(`${SERVICE}/tile/19/${row}/${column}`);
    const xyz = await server.get(`/tiles/scene/west/19/${column}/${row}.png`);
    expect(tile.rawPayload.equals(xyz.rawPayload)).toBe(true);
    expect(tile.rawPayload.length).toBeGreaterThan(1000);
  });

  it('draw any extent in any reference', async () => {
    const direct = await server.get(
      `${SERVICE}/exportImage?bbox=4370000,-690080,4370100,-690000&bboxSR=102100&size=200,160&format=png&f=image`,
    );
    const own = await sharp(`${folder}/west.tif`).removeAlpha().raw().toBuffer();
    const drawn = await sharp(direct.rawPayload).removeAlpha().raw().toBuffer();
    // The same grid as the file's: its very pixels.
    expect(drawn.equals(own)).toBe(true);
    const utm = await server.get(
      `${SERVICE}/exportImage?bbox=4370000,-690080,4370100,-690000&bboxSR={"wkid":102100}&imageSR=32737&size=150,120&format=jpgpng`,
    );
    expect(await sharp(utm.rawPayload).metadata()).toMatchObject({ format: 'jpeg', width: 150, height: 120 });
    const wide = await server.get(
      `${SERVICE}/exportImage?bbox=4369900,-690180,4370200,-689900&bboxSR=102100&size=150,120&format=jpgpng`,
    );
    expect(await sharp(wide.rawPayload).metadata()).toMatchObject({ format: 'png', hasAlpha: true });
    const { href, extent } = (
      await server.get(`${SERVICE}/exportImage?bbox=39.2,-6.2,39.3,-6.1&bboxSR=4326&size=64,64&f=json`)
    ).json<{ href: string; extent: { xmin: number; spatialReference: { wkid: number } } }>();
    expect(extent).toMatchObject({ xmin: 39.2, spatialReference: { wkid: 4326 } });
    expect((await server.get(href.replace('http://127.0.0.1', ''))).statusCode).toBe(200);
  });

  it.each([
    'bbox=1,2,3',
    'bbox=NaN,0,1,1',
    'bbox=1,1,0,0',
    'bbox=0,0,1e300,1',
    'bbox=0,0,1,1&size=100000,10',
    'bbox=0,0,1,1&size=0,10',
    'bbox=0,0,1,1&size=2.5,10',
    'bbox=0,0,1,1&bboxSR=WMS:http://x',
    'bbox=0,0,1,1&bboxSR=999999',
    'bbox=0,0,1,1&imageSR=/etc/passwd',
    'bbox=0,0,1,1&format=tiff',
    'bbox=0,0,1,1&format=constructor',
    'bbox=0,0,1,1&f=html',
    '',
  ])('refuse %s', async (query) => {
    expect((await server.get(`${SERVICE}/exportImage?${query}`)).statusCode).toBe(400);
  });
});
