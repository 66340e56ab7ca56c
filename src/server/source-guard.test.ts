import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startRangeServer } from '../../tests/fixtures/start-range-server.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { checkSource, isPrivateAddress } from './source-guard.ts';

describe('addresses that scenes are fetched from', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    'no address',
  ])('%s is private', (address) => expect(isPrivateAddress(address)).toBe(true));
  it.each(['8.8.8.8', '172.32.0.1', '2001:4860:4860::8888'])('%s is public', (address) =>
    expect(isPrivateAddress(address)).toBe(false),
  );

  const rules = {
    hosts: ['images.example.org', '.tiles.example.org', '127.0.0.1', 'localhost'],
    allowPrivate: false,
  };
  it.each([
    ['file:///etc/passwd', 'BAD_SOURCE'],
    ['/vsicurl/http://images.example.org/a.tif', 'BAD_SOURCE'],
    ['http://user:word@images.example.org/a.tif', 'BAD_SOURCE'],
    ['http://other.example.org/a.tif', 'SOURCE_NOT_ALLOWED'],
    ['http://images.example.org.evil.example/a.tif', 'SOURCE_NOT_ALLOWED'],
    ['http://evil-tiles.example.org/a.tif', 'SOURCE_NOT_ALLOWED'],
    ['http://127.0.0.1:1/a.tif', 'SOURCE_PRIVATE'],
    ['http://2130706433/a.tif', 'SOURCE_PRIVATE'],
    ['http://0x7f.1/a.tif', 'SOURCE_PRIVATE'],
    ['http://localhost/a.tif', 'SOURCE_PRIVATE'],
  ])('%s is refused', async (address, code) => {
    await expect(checkSource(address, rules)).rejects.toMatchObject({ status: 403, code });
  });

  it('lead to an image, which may be private where that is allowed', async () => {
    const folder = temporaryFolder('source-guard');
    await writeFile(join(folder, 'good.tif'), Buffer.from('49492a0008000000', 'hex'));
    await writeFile(join(folder, 'bad.tif'), '<VRTDataset rasterXSize="1" rasterYSize="1"/>');
    const { address, stop } = await startRangeServer(folder);
    try {
      const check = (name: string) => checkSource(`${address}/${name}`, { ...rules, allowPrivate: true });
      expect(await check('good.tif')).toBe(`${address}/good.tif`);
      await expect(check('bad.tif')).rejects.toMatchObject({ code: 'SOURCE_KIND' });
      await expect(check('none.tif')).rejects.toMatchObject({ status: 422, code: 'SOURCE_UNREACHABLE' });
    } finally {
      stop();
    }
  });

  it('do not lead elsewhere', async () => {
    const server = createServer((_request, answer) =>
      answer.writeHead(302, { location: 'http://[::1]/' }).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}/a.tif`;
    await expect(checkSource(address, { ...rules, allowPrivate: true })).rejects.toMatchObject({
      code: 'SOURCE_REDIRECTS',
    });
    server.close();
  });
});
