import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { sweepTemporary, temporaryBeside } from '../core/atomic-file.ts';
import { digestOfBytes } from '../core/digest.ts';
import { fileStore } from './file-store.ts';
import { sweepCopies, takeCopy } from './input-copies.ts';
import { InputMirror } from './input-mirror.ts';
import { storeInputs } from './inputs.ts';
import type { Store } from './store.ts';

const DAY_MS = 86_400_000;
const ANY_AGE = { milliseconds: Number.POSITIVE_INFINITY };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let copies = '';
let store: Store;
let list = '';

beforeEach(async () => {
  folder = await temporaryFolder('input-copies');
  copies = join(folder.path, 'inputs');
  await mkdir(join(folder.path, 'workspace'));
  await mkdir(copies);
  for (const name of ['card.json', 'model.onnx'])
    await writeFile(join(folder.path, 'workspace', name), name.repeat(100));
  store = fileStore(join(folder.path, 'storage'));
  list = await storeInputs(store, join(folder.path, 'workspace'), ['card.json', 'model.onnx']);
});
afterEach(() => folder.remove());

/** A copy of 1000 bytes that was taken up so many days ago. */
async function writeCopy(text: string, days: number): Promise<string> {
  const bytes = text.repeat(1000);
  const sha256 = digestOfBytes(bytes);
  await writeFile(join(copies, sha256), bytes);
  const time = new Date(Date.now() - days * DAY_MS);
  await utimes(join(copies, sha256), time, time);
  return sha256;
}

const mirrorOf = async (): Promise<InputMirror> => {
  const mirror = await InputMirror.open(store, copies, list);
  await mirror.fetch(() => true);
  return mirror;
};
const modelIn = (mirror: InputMirror) => readFile(join(mirror.root, 'model.onnx'), 'utf8');
const MODEL = 'model.onnx'.repeat(100);

it('removes copies that were taken up too long ago, and the oldest while all are too large', async () => {
  const [week, days, day, now] = [
    await writeCopy('a', 8),
    await writeCopy('b', 3),
    await writeCopy('c', 1),
    await writeCopy('d', 0),
  ];
  expect(await sweepCopies(copies, { milliseconds: 7 * DAY_MS, bytes: 4000 })).toEqual([week]);
  // Whoever takes one up again makes it the youngest.
  expect(await takeCopy(copies, days, join(folder.path, 'mine'))).toBe(true);
  await rm(join(folder.path, 'mine'));
  expect(await sweepCopies(copies, { ...ANY_AGE, bytes: 1999 })).toEqual([day, now]);
  expect(await readdir(copies)).toEqual([days]);
  expect(await sweepCopies(join(folder.path, 'not there'))).toEqual([]);
});

it('shares a copy among the workers of a host, and keeps it while one of them has it', async () => {
  const [one, two] = [await mirrorOf(), await mirrorOf()];
  const inode = async (mirror: InputMirror) => (await stat(join(mirror.root, 'model.onnx'))).ino;
  expect(await inode(one)).toBe(await inode(two));
  await one.close();
  expect(await sweepCopies(copies, { milliseconds: 0, bytes: 0 })).toEqual([]);
  expect(await modelIn(two)).toBe(MODEL);
  await two.close();
  expect(await sweepCopies(copies, { ...ANY_AGE, bytes: 0 })).toHaveLength(2);
  expect(await readdir(copies)).toEqual([]);
});

it('takes nothing from whoever has a copy that somebody removed, and fetches it anew for the next', async () => {
  const one = await mirrorOf();
  for (const name of await readdir(copies)) if (!name.includes('.tmp-')) await rm(join(copies, name));
  expect(await modelIn(one)).toBe(MODEL);
  expect(await modelIn(await mirrorOf())).toBe(MODEL);
});

it('keeps what a frozen worker uses, and gives it up once that was killed', async () => {
  const mirror = await mirrorOf();
  const worker = spawn('sleep', ['60']);
  onTestFinished(() => void worker.kill('SIGKILL'));
  // As if that process had made it, with links of its own.
  const theirs = temporaryBeside(join(copies, list)).replace(`-${process.pid}-`, `-${worker.pid}-`);
  await mkdir(theirs);
  const sha256 = digestOfBytes(MODEL);
  expect(await takeCopy(copies, sha256, join(theirs, 'model.onnx'))).toBe(true);
  await mirror.close();
  const sweep = async () => {
    await sweepTemporary(copies);
    return sweepCopies(copies, { ...ANY_AGE, bytes: 0 });
  };
  worker.kill('SIGSTOP');
  expect(await sweep()).toEqual([digestOfBytes('card.json'.repeat(100))]);
  worker.kill('SIGCONT');
  expect(await readFile(join(theirs, 'model.onnx'), 'utf8')).toBe(MODEL);
  worker.kill('SIGKILL');
  await once(worker, 'close');
  expect(await sweep()).toEqual([sha256]);
  expect(existsSync(theirs)).toBe(false);
});

it('refuses a copy that is not what its name says', async () => {
  const sha256 = await writeCopy('a', 0);
  await writeFile(join(copies, sha256), 'something else');
  expect(await takeCopy(copies, sha256, join(folder.path, 'mine'))).toBe(false);
  expect(existsSync(join(folder.path, 'mine'))).toBe(false);
});
