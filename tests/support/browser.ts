import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { z } from 'zod';
import { findBrowser } from '../../src/cli/doctor/browser-finding.ts';

const AXE = readFileSync(
  fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)),
  'utf8',
);

/** Where screenshots go, to be looked at: RESFLOW_SCREENSHOTS, or a folder of temporary files. */
const SHOTS = process.env['RESFLOW_SCREENSHOTS'] ?? join(tmpdir(), 'resflow-screenshots');

/** Starts the browser of this machine. Throws where there is none. */
export function startBrowser(): Promise<Browser> {
  const executablePath = findBrowser(process.env);
  if (executablePath === undefined)
    throw new Error('no Chromium on the path: npm run setup -- --with browser');
  // Software drawing gives the same pixels everywhere.
  const args = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
  return chromium.launch({ executablePath, args });
}

export interface Watched {
  readonly page: Page;
  /** What the browser complained of: errors, refusals of the policy, requests that failed. */
  readonly complaints: string[];
}

interface PageLook {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colours?: 'light' | 'dark';
}

export const DESK = { width: 1280, height: 720 };
export const PHONE = { width: 390, height: 844 };

/** A page of its own session. */
export async function openPage(
  browser: Browser,
  { viewport = DESK, colours = 'light' }: PageLook = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport, colorScheme: colours });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const { url } = message.location();
    // That objects were not outlined, and a run not evaluated, the page can only learn by asking.
    if (message.type() === 'error' && !/\/(objects\?|evaluation$)/.test(url))
      complaints.push(`${message.text()} ${url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.setDefaultTimeout(60_000);
  return { page, complaints };
}

/** Takes a picture for people to look at. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

const findingsSchema = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullable(),
      nodes: z.array(z.object({ html: z.string() })),
    }),
  ),
});

/** What axe finds that keeps people out: serious and critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = findingsSchema.parse(await page.evaluate('axe.run()'));
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}

/** Waits until an expression is true in the page. (Playwright's own way makes code of text, which the policy refuses.) */
export async function untilTrue(page: Page, expression: string, seconds = 120): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  while ((await page.evaluate(`Boolean(${expression})`)) !== true) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${expression}`);
    await page.waitForTimeout(150);
  }
}

/** Waits until the map has drawn everything it knows of. */
export const mapDrawn = (page: Page): Promise<void> =>
  untilTrue(page, 'globalThis.resflowMap?.loaded() && globalThis.resflowMap.areTilesLoaded()');

/** The colour of the map at a place of the window: red, green, blue, opacity. */
export async function mapColour(page: Page, at: readonly [x: number, y: number]): Promise<number[]> {
  const found: unknown = await page.evaluate(
    `new Promise((resolve) => {
      const map = globalThis.resflowMap;
      map.once('render', () => {
        const gl = map.painter.context.gl;
        const pixel = new Uint8Array(4);
        const ratio = devicePixelRatio;
        const rect = map.getCanvas().getBoundingClientRect();
        gl.readPixels((${at[0]} - rect.left) * ratio, (rect.bottom - ${at[1]}) * ratio, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
        resolve([...pixel]);
      });
      map.triggerRepaint();
    })`,
  );
  return z.array(z.number()).parse(found);
}
