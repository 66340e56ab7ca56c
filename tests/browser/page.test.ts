import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import {
  mapColour,
  mapDrawn,
  openPage,
  PHONE,
  seriousFindings,
  shoot,
  startBrowser,
  untilTrue,
  type Watched,
} from '../support/browser.ts';
import { pageWorkspace, type PageWorkspace } from '../support/page-workspace.ts';
import { runOk } from '../support/program.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/workspace.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describe('the page of a workspace', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let made: PageWorkspace;
  let server: TestServer;
  let browser: Browser;
  const open = async (path: string, options = {}): Promise<Watched> => {
    const watched = await openPage(browser, options);
    await watched.page.goto(`${server.url}${path}`);
    await watched.page.waitForSelector('h1');
    return watched;
  };
  const close = (page: Page): Promise<void> => page.context().close();

  beforeAll(async () => {
    folder = await temporaryFolder('page');
    made = await pageWorkspace(folder.path);
    server = await startServer(made.workspace);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await folder.remove();
  });

  it('shows imagery and map, and says of a place why it is what it is', async () => {
    const { page, complaints } = await open('/map');
    await page.getByText('building', { exact: true }).waitFor();
    await mapDrawn(page);
    await page.getByRole('checkbox', { name: /Bucket/ }).check();
    await page.getByText(/bucket 0/).waitFor();
    expect(new URL(page.url()).searchParams.get('layers')).toBe('imagery,class,bucket');
    await page.getByRole('slider', { name: 'Opacity of Bucket' }).fill('100');
    await mapDrawn(page);
    const canvas = await page.locator('.map-stage .maplibregl-canvas').first().boundingBox();
    if (canvas === null) throw new Error('the map has no canvas');
    const middle = [canvas.x + canvas.width / 2 + 40, canvas.y + canvas.height / 2 + 20] as const;
    // A bucket's own colour, not the ground's.
    const drawn = await mapColour(page, middle);
    const ground = await mapColour(page, [canvas.x + 10, canvas.y + canvas.height - 60]);
    expect(drawn).not.toEqual(ground);
    await page.mouse.click(...middle);
    await page.getByRole('heading', { name: 'This place' }).waitFor();
    await page.getByText(/margin \d+ bits/).waitFor();
    await page.getByRole('img', { name: /The image around this place/ }).waitFor();
    await shoot(page, 'map');
    expect(await seriousFindings(page)).toEqual([]);
    // The address holds all of it: another browser shows the same.
    const again = await open(page.url().slice(server.url.length));
    await again.page.getByText(/margin \d+ bits/).waitFor();
    expect(await again.page.getByRole('slider', { name: 'Opacity of Bucket' }).inputValue()).toBe('100');
    expect([...complaints, ...again.complaints]).toEqual([]);
    await Promise.all([close(page), close(again.page)]);
  });

  it('compares two layers at a line, and draws an area', async () => {
    const { page, complaints } = await open('/map?layers=class:100&compare=imagery');
    await mapDrawn(page);
    const line = page.getByRole('slider', { name: 'Line between the compared maps' });
    await line.focus();
    await page.keyboard.press('ArrowRight');
    expect(await line.getAttribute('aria-valuenow')).toBe('55');
    expect(new URL(page.url()).searchParams.get('swipe')).toBe('55');
    await page.getByRole('button', { name: 'Draw an area' }).click();
    await page.mouse.move(800, 300);
    await page.mouse.down();
    await page.mouse.move(900, 400, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('heading', { name: 'Area' }).waitFor();
    const [west = 0, south = 0, east = 0, north = 0] = (new URL(page.url()).searchParams.get('area') ?? '')
      .split(',')
      .map(Number);
    expect(west < east && south < north).toBe(true);
    await shoot(page, 'compare');
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('can be used by keyboard, keeps its colours, and goes back', async () => {
    const { page, complaints } = await open('/map');
    await mapDrawn(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.locator('.map-stage .maplibregl-canvas').focus();
    await page.keyboard.press('ArrowRight');
    await untilTrue(page, 'new URLSearchParams(location.search).has("at")');
    await page.getByRole('button', { name: 'Explain the middle' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'This place' }).waitFor();
    await page.getByRole('link', { name: 'Models' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'This place' }).waitFor();
    await page.getByRole('button', { name: /^Auto colours/ }).press('Enter');
    await page.getByRole('button', { name: /^Light colours/ }).press('Enter');
    await page.reload();
    await page.getByRole('button', { name: /^Dark colours/ }).waitFor();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await mapDrawn(page);
    await shoot(page, 'map-dark');
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('predicts what is in view and in an area, and outlines objects', async () => {
    const { page, complaints } = await open('/map?live=app/mono/class');
    await page.getByRole('button', { name: 'Area in view' }).click();
    await page.getByRole('button', { name: 'What is in it?' }).click();
    await page.getByText('in the mean').waitFor();
    await mapDrawn(page);
    const live: unknown = await page.evaluate(
      'globalThis.resflowMap.getStyle().layers.some(({ id }) => id === "live/wide")',
    );
    expect(live).toBe(true);
    await page.getByRole('button', { name: 'Explain the middle' }).click();
    await page.getByRole('button', { name: 'Outline the objects of this map' }).click();
    await page
      .getByRole('button', { name: 'Outline the objects of this map' })
      .waitFor({ state: 'detached' });
    await shoot(page, 'live');
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('groups the gallery, lays it out, and finds what is like a chip', async () => {
    const { page, complaints } = await open('/gallery');
    await page.getByRole('heading', { name: 'Bucket 3' }).waitFor();
    await page
      .getByRole('button', { name: /^Chip / })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Ground like this' }).waitFor();
    await page
      .getByText(/\d+ bits/)
      .first()
      .waitFor();
    await untilTrue(
      page,
      '[...document.querySelectorAll(".chips img")].filter((i) => i.naturalWidth > 0).length > 4',
    );
    await shoot(page, 'gallery');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Likeness' }).click();
    await page.locator('.cloud canvas').waitFor();
    await page.getByLabel('Place').selectOption('wide');
    await page.getByRole('img', { name: /^\d+ chips in a plane/ }).waitFor();
    await shoot(page, 'likeness');
    await page.getByRole('button', { name: 'What to label' }).click();
    await page
      .getByText(/of the archive; /)
      .first()
      .waitFor();
    await shoot(page, 'suggest');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'On the map' }).click();
    await mapDrawn(page);
    await page.getByRole('button', { name: 'Area in view' }).click();
    await untilTrue(page, '/like=[-.0-9]+,[-.0-9]+/.test(location.search)');
    await page.getByText(/The \d+ nearest of \d+/).waitFor();
    await shoot(page, 'gallery-map');
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('shows models, their curves, and Mono against the gallery', async () => {
    const { page, complaints } = await open('/models');
    await page.getByRole('img', { name: /^IoU in validation, best 0\.7/ }).waitFor();
    await page.getByRole('heading', { name: 'Mono against the gallery' }).waitFor();
    await page.getByRole('img', { name: /^IoU by bucket\. bucket 0: Mono 0\.500/ }).waitFor();
    await shoot(page, 'models');
    const other = page.getByRole('table').first().getByRole('button').last();
    const name = await other.textContent();
    await other.click();
    await page.getByText('There are no curves').waitFor();
    expect(new URL(page.url()).searchParams.get('model')).toBe(name);
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('reports how good a map is, with its worst places one click from the map', async () => {
    const { page, complaints } = await open(`/report?run=${made.run}`);
    await page.getByRole('heading', { name: /that the model has not seen/ }).waitFor();
    await page.getByRole('img', { name: /^Reliability\. Over/ }).waitFor();
    await shoot(page, 'report');
    expect(await seriousFindings(page)).toEqual([]);
    await page
      .getByRole('link', { name: /% wrong/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'This place' }).waitFor();
    await page.getByText('false: mapped, not labelled').waitFor();
    await mapDrawn(page);
    await shoot(page, 'worst-place');
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('asks for a key where others can reach the server, and keeps it', async () => {
    const { key } = z
      .object({ key: z.string() })
      .parse(await runOk(['key', 'create', '--scope', 'read', '--workspace', made.workspace]));
    const own = await startServer(made.workspace, ['--host', '0.0.0.0']);
    onTestFinished(() => own.stop());
    const { page } = await openPage(browser);
    await page.goto(`${own.url.replace('0.0.0.0', '127.0.0.1')}/map`);
    await page.getByLabel('Access key', { exact: true }).fill(key);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.getByText('building', { exact: true }).waitFor();
    await mapDrawn(page);
    await page.goto(`${new URL(page.url()).origin}/gallery`);
    await untilTrue(page, '[...document.querySelectorAll(".chips img")].some((i) => i.naturalWidth > 0)');
    await page.goto(`${new URL(page.url()).origin}/runs`);
    await page.getByText('Live: changes appear by themselves.').waitFor();
    await close(page);
  });

  it('is dark where that is wished, and fits a phone', async () => {
    for (const view of ['map', 'runs', 'gallery', 'models', 'report']) {
      const { page, complaints } = await open(`/${view}`, { viewport: PHONE, colours: 'dark' });
      await untilTrue(page, 'document.querySelectorAll(".waiting").length === 0');
      const wide: unknown = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([view, wide]).toEqual([view, 0]);
      expect(await seriousFindings(page)).toEqual([]);
      await shoot(page, `phone-${view}`);
      expect(complaints).toEqual([]);
      await close(page);
    }
  });

  it('says what to do where there is nothing yet', async () => {
    const empty = `${folder.path}/empty`;
    await runOk(['init', empty]);
    const own = await startServer(empty);
    onTestFinished(() => own.stop());
    const { page } = await openPage(browser);
    for (const [view, command] of [
      ['map', 'resflow scene add'],
      ['runs', 'resflow map run'],
      ['gallery', 'resflow gallery build'],
      ['models', 'resflow app create'],
      ['report', 'resflow map run'],
    ] as const) {
      await page.goto(`${own.url}/${view}`);
      await page.getByText(command).first().waitFor();
      expect(await seriousFindings(page)).toEqual([]);
    }
    await shoot(page, 'empty');
    await close(page);
  });
});
