import { expect, it } from 'vitest';
import { refusedLines } from './refused-files.ts';

it('says a hint once for files in a row that share it', () => {
  const noCrs = { code: 'NO_CRS', message: 'no CRS', hint: 'use --crs' };
  const lines = refusedLines([
    { path: 'a.tif', ...noCrs },
    { path: 'b.tif', ...noCrs },
    { path: 'c.tif', code: 'TRUNCATED', message: 'cut short', hint: null },
    { path: 'd.tif', ...noCrs },
  ]);
  expect(lines).toEqual([
    'refused  a.tif',
    '         NO_CRS: no CRS',
    'refused  b.tif',
    '         NO_CRS: no CRS',
    '         hint: use --crs',
    'refused  c.tif',
    '         TRUNCATED: cut short',
    'refused  d.tif',
    '         NO_CRS: no CRS',
    '         hint: use --crs',
  ]);
});
