import { expect, it } from 'vitest';
import type { MapTask } from '../engine/protocol.ts';
import { assemblyTasks } from './run-assembly.ts';

/** Regions of one scene, of 16 megapixels each. */
const regions = (count: number): MapTask[] =>
  Array.from({ length: count }, (_, i) => ({
    version: 1,
    kind: 'map-region',
    id: `region-${i}`,
    scene: 'scene',
    bands: [1],
    window: { x: 4000 * i, y: 0, width: 4000, height: 4000 },
    model: { folder: '-', variant: 'noop', sha256: '' },
    parameters: { corePixels: 512, haloPixels: 0, blendPixels: 0, blockPixels: 512, gsdMetres: null },
  }));

const sharesOf = (count: number, idle: number, env = {}) => {
  const tasks = assemblyTasks('run', regions(count), { env, idle });
  expect(tasks.every(({ stage }) => stage?.count === (tasks.length === 1 ? undefined : tasks.length))).toBe(
    true,
  );
  return tasks.length;
};

it('cuts the assembly of a large scene into shares, into smaller ones for workers that are idle', () => {
  expect(sharesOf(4, 0)).toBe(1);
  expect(sharesOf(160, 0)).toBe(10);
  expect(sharesOf(160, -500)).toBe(10);
  expect(sharesOf(160, 8)).toBe(10);
  expect(sharesOf(160, 24)).toBe(24);
  expect(sharesOf(160, 500)).toBe(40);
  expect(sharesOf(4, 500)).toBe(1);
  expect(sharesOf(1000, 500)).toBe(64);
  expect(sharesOf(160, 0, { RESFLOW_SHARE_MEGAPIXELS: '64' })).toBe(40);
});

it('gives each share a name of its own that stays the same', () => {
  const tasks = () => assemblyTasks('run', regions(40), { env: {}, idle: 0 });
  expect(tasks().map(({ stage }) => stage)).toEqual([
    { index: 0, count: 3 },
    { index: 1, count: 3 },
    { index: 2, count: 3 },
  ]);
  expect(new Set(tasks().map(({ id }) => id)).size).toBe(3);
  expect(tasks()).toEqual(tasks());
});
