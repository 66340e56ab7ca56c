import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MapTaskReport } from '../engine/protocol.ts';
import { fileStore } from '../storage/file-store.ts';
import type { Store } from '../storage/store.ts';
import { markerFile, partFile } from './layout.ts';
import { readMarker, writeMarker } from './ledger.ts';

const TASK = 'ab'.repeat(32);
const report: MapTaskReport = {
  task: TASK,
  partBytes: 4,
  partSha256: 'x',
  pixels: 1,
  validPixels: 1,
  chips: 1,
  chipsSkipped: 0,
  pixelsComputed: 1,
  pixelsKept: 1,
  seam: { sum: 0, pixels: 0 },
  seconds: { total: 1, read: 0, inference: 0, encode: 0 },
  peakMemoryMiB: 1,
};

describe('the ledger', () => {
  let root = '';
  let store: Store;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'resflow-ledger-'));
    store = fileStore(root);
    await mkdir(dirname(partFile(root, TASK)), { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('knows a finished task, and lets the first writer win', async () => {
    expect(await readMarker(store, TASK)).toBeNull();
    await writeFile(partFile(root, TASK), 'part');
    expect(await writeMarker(store, report)).toBe(true);
    expect(await writeMarker(store, { ...report, chips: 2 })).toBe(false);
    expect(await readMarker(store, TASK)).toEqual(report);
  });

  it.each([
    { what: 'lost its part', part: null, marker: JSON.stringify(report) },
    { what: 'has a part cut short', part: 'par', marker: JSON.stringify(report) },
    { what: 'is no JSON', part: 'part', marker: '{"task":' },
    { what: 'is empty', part: 'part', marker: '' },
    { what: 'lacks members', part: 'part', marker: '{"task":"x"}' },
  ])('runs a task again whose marker $what', async ({ part, marker }) => {
    await mkdir(dirname(markerFile(root, TASK)), { recursive: true });
    await writeFile(markerFile(root, TASK), marker);
    if (part !== null) await writeFile(partFile(root, TASK), part);
    expect(await readMarker(store, TASK)).toBeNull();
    expect(existsSync(markerFile(root, TASK))).toBe(false);
    expect(existsSync(partFile(root, TASK))).toBe(false);
  });
});
