import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { gdal } from '../../src/raster/gdal.ts';
import { readRun } from '../../src/workspace/runs.ts';
import { mapDrawn, openPage, seriousFindings, shoot, startBrowser } from '../support/browser.ts';
import { importModels } from '../support/model-gallery.ts';
import { hasEnded, runOk } from '../support/program.ts';
import { startServer, until, type TestServer } from '../support/server.ts';
import { temporaryFolder, writeScene } from '../support/workspace.ts';

vi.setConfig({ testTimeout: 500_000, hookTimeout: 240_000 });

describe('a run on the page', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;
  let browser: Browser;
  let workspace = '';
  let packed = '';

  beforeAll(async () => {
    folder = await temporaryFolder('live-run');
    workspace = `${folder.path}/workspace`;
    const quarter = { width: 6000, height: 5000 };
    writeScene(`${folder.path}/quarter.tif`, quarter, 3);
    const image = `${folder.path}/large.vrt`;
    await writeFile(image, fourTimes('quarter.tif', quarter));
    await runOk(['init', workspace]);
    await runOk(['scene', 'add', image, '--place', 'large', '--id', 'large', '--workspace', workspace]);
    const plain = `${folder.path}/plain.tif`;
    writeScene(plain, { width: 1200, height: 1000 }, 4);
    packed = `${folder.path}/packed.tif`;
    const source = gdal.open(plain);
    gdal.drivers.get('GTiff').createCopy(packed, source, ['COMPRESS=DEFLATE', 'TILED=YES']).close();
    source.close();
    await runOk(['scene', 'add', packed, '--place', 'packed', '--id', 'packed', '--workspace', workspace]);
    await importModels(workspace, folder.path);
    server = await startServer(workspace);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await folder.remove();
  });

  it('is checked, started, steered, paused, and followed to its end', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${server.url}/runs`);
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
    await page.getByRole('link', { name: 'New run' }).click();
    await page.getByLabel('Scenes').selectOption('large');
    await page.getByRole('button', { name: 'What would it cost?' }).click();
    await page.getByRole('heading', { name: /^It would take/ }).waitFor();
    await shoot(page, 'preflight');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('running', { exact: true }).first().waitFor();
    await page.getByText('Live: changes appear by themselves.').waitFor();
    // Regions fill in without a reload.
    await page.getByText(/\d+ done now/).waitFor();
    // It stands still until it is paused: however fast the machine, it is not done before.
    const { goOnOncePaused } = await freezeRun(workspace);
    await page.getByRole('button', { name: 'Area in view' }).click();
    await page.getByRole('button', { name: 'Do this area first' }).click();
    await shoot(page, 'run-live');
    await page.getByRole('button', { name: 'Pause' }).click();
    await goOnOncePaused();
    await page.getByText('stopped', { exact: true }).first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await shoot(page, 'run-paused');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('done', { exact: true }).first().waitFor({ timeout: 400_000 });
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    await page.getByRole('link', { name: 'Look at the map' }).click();
    await page.getByRole('checkbox', { name: /Class/ }).waitFor();
    await mapDrawn(page);
    await shoot(page, 'run-map');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is shown again after the server was killed and started anew, and goes on meanwhile', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${server.url}/runs?new=1`);
    await page.getByLabel('Scenes').selectOption('large');
    await page.getByLabel('Model').selectOption('dark');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('running', { exact: true }).first().waitFor();
    const { port } = new URL(server.url);
    await server.kill();
    await page.getByText('Not connected: trying again.').waitFor();
    server = await startServer(workspace, ['--port', port]);
    await page.getByText('Live: changes appear by themselves.').waitFor();
    // The list has another run that is done: this one is told by its bar.
    await page.locator('[role=progressbar][aria-valuenow="100"]').waitFor({ timeout: 400_000 });
    // Its regions are done; its maps are published after that.
    const both = { runs: [{ status: 'done' }, { status: 'done' }] };
    await expect
      .poll(async () => (await server.json('/api/runs')).body, { timeout: 60_000, interval: 200 })
      .toMatchObject(both);
    await page.context().close();
  });

  it('says what failed and why, and tries only that again', async () => {
    const mend = await breakInside(packed);
    const { page, complaints } = await openPage(browser);
    await page.goto(`${server.url}/runs?new=1`);
    await page.getByLabel('Scenes').selectOption('packed');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('heading', { name: 'What failed' }).waitFor();
    await page.getByText('failed', { exact: true }).first().waitFor();
    await page
      .getByText(/packed/)
      .first()
      .waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await shoot(page, 'run-failed');
    await mend();
    await page.getByRole('button', { name: 'Try what failed again' }).click();
    await page.getByText('done', { exact: true }).first().waitFor();
    await page.getByRole('heading', { name: 'What failed' }).waitFor({ state: 'detached' });
    // While the file was broken its picture could not be drawn either.
    expect(complaints.filter((text) => !/status of 422/.test(text))).toEqual([]);
    await page.context().close();
  });
});

/** Stops the process of the only run; it goes on when it has been told to pause (its SIGINT waits for it). */
async function freezeRun(workspace: string): Promise<{ goOnOncePaused: () => Promise<void> }> {
  const run = await readRun(workspace, 'latest');
  const pid = run.coordinator?.pid;
  if (pid === undefined) throw new Error('nobody works on the run');
  process.kill(pid, 'SIGSTOP');
  onTestFinished(() => {
    if (!hasEnded(pid)) process.kill(pid, 'SIGCONT');
  });
  return {
    async goOnOncePaused() {
      await until(
        () => readFile(`/proc/${pid}/status`, 'utf8'),
        (status) => (parseInt(/^ShdPnd:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? '0', 16) & 2) !== 0,
      );
      process.kill(pid, 'SIGCONT');
    },
  };
}

/** A virtual raster of the same scene four times: some seconds of work, so that regions are seen to fill in. */
function fourTimes(file: string, { width, height }: { width: number; height: number }): string {
  const size = `xSize="${width}" ySize="${height}"`;
  const bands = ['Red', 'Green', 'Blue'].map((colour, i) => {
    const parts = [0, 1, 2, 3].map(
      (n) =>
        `<SimpleSource><SourceFilename relativeToVRT="1">${file}</SourceFilename><SourceBand>${i + 1}</SourceBand>` +
        `<SrcRect xOff="0" yOff="0" ${size}/><DstRect xOff="${(n % 2) * width}" yOff="${(n >> 1) * height}" ${size}/></SimpleSource>`,
    );
    return `<VRTRasterBand dataType="Byte" band="${i + 1}"><NoDataValue>0</NoDataValue><ColorInterp>${colour}</ColorInterp>${parts.join('')}</VRTRasterBand>`;
  });
  const place = '<SRS>EPSG:32737</SRS><GeoTransform>500000,0.5,0,9000000,0,-0.5</GeoTransform>';
  return `<VRTDataset rasterXSize="${2 * width}" rasterYSize="${2 * height}">${place}${bands.join('')}</VRTDataset>`;
}

/** Spoils the middle of a file, as a bad disk does: size, time, head and tail stay. The function mends it. */
async function breakInside(file: string): Promise<() => Promise<void>> {
  const { atime, mtime } = await stat(file);
  const good = await readFile(file);
  const bad = Buffer.from(good);
  bad.fill(0x5a, Math.floor(good.length / 4), Math.floor((3 * good.length) / 4));
  const put = async (bytes: Buffer): Promise<void> => {
    await writeFile(file, bytes);
    await utimes(file, atime, mtime);
  };
  await put(bad);
  return () => put(good);
}
