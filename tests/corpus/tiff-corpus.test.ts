import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CorpusChild, type Outcome, type Pixels } from './corpus-child.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CORPUS = join(ROOT, '../shared/tiff-corpus');
const PYTHON = join(ROOT, '.venv/bin/python');
const LIMITS = { seconds: 10, mebibytes: 1024 };
const DOCUMENTS = /^(README|LICENSE|COMMIT)/;

const there = existsSync(CORPUS);
if (!there)
  process.stderr.write(
    `SKIPPED tests/corpus: there is no ${CORPUS}; the odd and broken TIFFs were NOT tested\n`,
  );

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !DOCUMENTS.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** What rasterio reads from the files, by path; null where its environment is missing. */
function oracle(
  paths: readonly string[],
): Map<string, (Pixels & { lossy: boolean }) | { error: string }> | null {
  if (!existsSync(PYTHON)) return null;
  const script = join(ROOT, 'tests/corpus/gdal-pixels.py');
  const result = spawnSync(PYTHON, [script], {
    input: `${paths.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  if (lines.length === 0) return null;
  return new Map(
    lines
      .map((line) => JSON.parse(line) as Pixels & { lossy: boolean; path: string })
      .map((found) => [found.path, found]),
  );
}

describe.skipIf(!there)('odd and broken TIFFs', () => {
  const outcomes: Outcome[] = [];
  let rasterio: ReturnType<typeof oracle> = null;

  beforeAll(async () => {
    const child = new CorpusChild();
    for (const path of filesBelow(CORPUS)) outcomes.push(await child.read(path, LIMITS));
    child.close();
    rasterio = oracle(outcomes.filter((o) => o.pixels?.ok !== undefined).map((o) => o.path));
  }, 600_000);

  afterAll(() => {
    process.stdout.write(`${table(outcomes, rasterio)}\n`);
  });

  it('none crashes, hangs, or takes memory out of proportion', () => {
    expect(outcomes.length).toBeGreaterThan(200);
    expect(outcomes.filter((o) => o.lost !== undefined).map((o) => `${o.path}: ${o.lost}`)).toEqual([]);
    expect(Math.max(...outcomes.map((o) => o.seconds))).toBeLessThan(LIMITS.seconds);
    expect(Math.max(...outcomes.map((o) => o.peakMiB))).toBeLessThan(LIMITS.mebibytes);
  });

  it('each refusal names file, cause and what to do', () => {
    for (const { path, pixels, scene } of outcomes) {
      for (const refused of [pixels?.refused, scene?.refused]) {
        if (refused === undefined) continue;
        expect(['input', 'contract']).toContain(refused.family);
        expect(refused.message).toContain(basename(path));
        expect(refused.message.length).toBeGreaterThan(path.length + 10);
        expect(refused.hint ?? '').not.toBe('');
      }
    }
  });

  it('what opens has the pixels that GDAL reads', () => {
    const read = outcomes.flatMap(({ path, pixels }) =>
      pixels?.ok === undefined ? [] : [{ path, ...pixels.ok }],
    );
    expect(read.length).toBeGreaterThan(200);
    expect(
      read.filter((found) => found.digests.join() !== found.gdalDigests.join()).map((found) => found.path),
    ).toEqual([]);
  });

  it('and those that another GDAL, in rasterio, reads', (context) => {
    if (rasterio === null) return context.skip('rasterio is not installed in .venv');
    const verdicts = outcomes.map((outcome) => against(outcome, rasterio));
    expect(
      outcomes.filter((_, i) => verdicts[i] === 'OTHER PIXELS').map((o) => relative(CORPUS, o.path)),
    ).toEqual([]);
    expect(verdicts.filter((verdict) => verdict === 'same pixels').length).toBeGreaterThan(200);
  });
});

/** How our pixels compare with rasterio's. Decoders of JPEG differ by a step here and there: there the means must agree. */
function against({ path, pixels }: Outcome, rasterio: ReturnType<typeof oracle>): string {
  const expected = rasterio?.get(path);
  const own = pixels?.ok;
  if (expected === undefined || own === undefined) return '-';
  if ('error' in expected) return 'rasterio refuses';
  if (own.type === expected.type && own.digests.join() === expected.digests.join()) return 'same pixels';
  const near = own.means.every((mean, i) => Math.abs(mean - (expected.means[i] ?? Number.NaN)) < 0.5);
  return expected.lossy && own.type === expected.type && near ? 'same but for JPEG rounding' : 'OTHER PIXELS';
}

/** One line a file: outcome of reading, outcome of `scene add --crs`, against rasterio. */
function table(outcomes: readonly Outcome[], rasterio: ReturnType<typeof oracle>): string {
  const rows = outcomes.map((outcome) => {
    const { path, pixels, scene, lost, seconds } = outcome;
    const read =
      lost ??
      pixels?.refused?.code ??
      `${pixels?.ok?.width}x${pixels?.ok?.height}x${pixels?.ok?.digests.length} ${pixels?.ok?.type}`;
    return `${relative(CORPUS, path)} | ${read} | ${against(outcome, rasterio)} | ${scene?.refused?.code ?? (lost === undefined ? 'added' : '-')} | ${seconds.toFixed(2)} s`;
  });
  return ['file | read | against rasterio | scene add --crs | time', ...rows].join('\n');
}
