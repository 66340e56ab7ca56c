import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { VersionChain } from './version-chain.ts';

const root = temporaryFolder('chain');
let count = 0;
const chain = (folder: string, kept = 4) =>
  new VersionChain<readonly number[]>(folder, { initial: [], parse: (json) => json as number[], kept });
const fresh = () => join(root, String((count += 1)));
const add = (number: number) => (all: readonly number[]) => (all.includes(number) ? all : [...all, number]);

it('keeps the newest versions alone, and writes nothing where nothing changes', () => {
  const folder = fresh();
  const one = chain(folder);
  expect(one.read()).toEqual({ version: 0, value: [] });
  expect(readdirSync(root)).not.toContain(String(count));
  for (let i = 0; i < 12; i += 1) one.settle(add(i));
  expect(one.settle(add(3)).version).toBe(12);
  expect(readdirSync(folder)).toHaveLength(5);
});

it('decides again where somebody else was first', () => {
  const folder = fresh();
  const [one, other] = [chain(folder), chain(folder)];
  let meddled = false;
  one.settle((all) => {
    if (!meddled) other.settle(add(7));
    meddled = true;
    return add(1)(all);
  });
  expect(one.read().value).toEqual([7, 1]);
});

it('does not count a version that a frozen process publishes under a number long gone', () => {
  const folder = fresh();
  const [one, frozen] = [chain(folder, 2), chain(folder, 2)];
  one.settle(add(0));
  let woken = false;
  frozen.settle((all) => {
    if (!woken) for (let i = 1; i < 9; i += 1) one.settle(add(i));
    woken = true;
    return add(99)(all);
  });
  expect(frozen.read().value).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 99]);
});

it('begins anew after a power cut that left the newest version empty', () => {
  const folder = fresh();
  const one = chain(folder);
  one.settle(add(1));
  writeFileSync(join(folder, '000000000002.json'), '');
  expect(one.settle(add(5))).toEqual({ version: 3, value: [5] });
});
