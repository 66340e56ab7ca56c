import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mapDrawn, openPage, seriousFindings, shoot, startBrowser } from '../support/browser.ts';
import { importModels } from '../support/model-gallery.ts';
import { runOk } from '../support/program.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryFolder, writeScene } from '../support/workspace.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 240_000 });

describe('a run on the page', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    folder = await temporaryFolder('live-run');
    const workspace = `${folder.path}/workspace`;
    const image = `${folder.path}/large.tif`;
    writeScene(image, { width: 9000, height: 6000 }, 3);
    await runOk(['init', workspace]);
    await runOk(['scene', 'add', image, '--place', 'large', '--id', 'large', '--workspace', workspace]);
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
    await page.getByRole('button', { name: 'What would it cost?' }).click();
    await page.getByRole('heading', { name: /^It would take/ }).waitFor();
    await shoot(page, 'preflight');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('running', { exact: true }).first().waitFor();
    await page.getByText('Live: changes appear by themselves.').waitFor();
    // Regions fill in without a reload.
    await page.getByText(/\d+ done now/).waitFor();
    await page.getByRole('button', { name: 'Area in view' }).click();
    await page.getByRole('button', { name: 'Do this area first' }).click();
    await shoot(page, 'run-live');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('stopped', { exact: true }).first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await shoot(page, 'run-paused');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('done', { exact: true }).first().waitFor({ timeout: 200_000 });
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    await page.getByRole('link', { name: 'Look at the map' }).click();
    await page.getByRole('checkbox', { name: /Class/ }).waitFor();
    await mapDrawn(page);
    await shoot(page, 'run-map');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
