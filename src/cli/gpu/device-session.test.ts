import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { resourceError } from '../../core/errors.ts';
import { BatchSizes } from '../../gpu/batch-sizes.ts';
import type { SimulatedDevice } from '../../gpu/device.ts';
import { rememberedMiB } from '../../gpu/model-memory.ts';
import { readDesk } from '../../gpu/read-desk.ts';
import { TicketDesk } from '../../gpu/ticket-desk.ts';
import type { ModelCard } from '../../model/card.ts';
import type { NetworkSession } from '../../model/onnx-session.ts';
import { DeviceSession } from './device-session.ts';

const root = temporaryFolder('device-session');
let count = 0;
let folder = '';
beforeEach(() => (folder = join(root, String((count += 1)))));

let clockMs = 0;
/** 1000 MiB; a model takes 100, each megapixel 1000; a batch takes 20 ms, whatever its size. */
const device = (name: string): SimulatedDevice => ({
  key: name,
  kind: 'simulated',
  name,
  index: 0,
  memoryMiB: 1000,
  usedMiB: () => Promise.resolve(0),
  needMiB: ({ megapixels }) => Math.ceil(100 + 1000 * megapixels),
  compute: () => {
    clockMs += 20;
    return Promise.resolve();
  },
});
const DEVICES = [device('a'), device('b')];
const wish = { devices: DEVICES, purpose: { model: 'm', workspace: null }, patienceMs: 30_000 };

/** A network that doubles its input, and fails for want of memory where it gets more images than `most`. */
function network(most: number, runs: number[]): NetworkSession {
  return {
    variant: 'float32',
    card: { id: 'fake' } as ModelCard,
    batch: null,
    run(input, { n }) {
      runs.push(n);
      if (n > most) return Promise.reject(resourceError('MODEL_MEMORY', 'out of memory'));
      return Promise.resolve(input.map((value) => 2 * value));
    },
    close: () => Promise.resolve(),
  };
}

async function open(memoryMiB: number, most = 100, sizes = new BatchSizes()) {
  const desk = new TicketDesk(folder);
  const runs: number[] = [];
  let othersClosed = 0;
  const opened = await DeviceSession.open({
    desk,
    folder,
    ticket: await desk.take({ ...wish, memoryMiB }),
    wish,
    devices: DEVICES,
    sha256: 'abc',
    batchSizes: () => sizes,
    now: () => clockMs,
    open: () => Promise.resolve(network(most, runs)),
    closeOthers: () => {
      othersClosed += 1;
      return Promise.resolve();
    },
  });
  const session = opened.session();
  if (session.variant === 'noop') throw new Error('a network was opened');
  return { opened, session, runs, othersClosed: () => othersClosed };
}

type Opened = Awaited<ReturnType<typeof open>>['session'];
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Compared as bytes: a hundred thousand numbers one by one take longer than all the rest. */
async function expectDoubled(session: Opened, { pixels, shape }: ReturnType<typeof images>): Promise<void> {
  const doubled = pixels.map((value) => 2 * value);
  expect(Buffer.compare(bytesOf(await session.run(pixels, shape)), bytesOf(doubled))).toBe(0);
}

/** Runs so many images as their session likes, and says how many it took at a time. */
async function runAll(session: Opened, count: number): Promise<number[]> {
  const taken: number[] = [];
  for (let done = 0; done < count; done += taken.at(-1) ?? 0) {
    const { shape } = images(1);
    const n = (await session.imagesAtOnce?.(shape, count - done)) ?? 1;
    const batch = images(n);
    await expectDoubled(session, batch);
    taken.push(n);
  }
  return taken;
}

/** n images of 100 x 1000 pixels, a tenth of a megapixel each. */
const images = (n: number) => ({
  pixels: Float32Array.from({ length: n * 100_000 }, (_, i) => i % 97),
  shape: { n, c: 1, h: 100, w: 1000 },
});
const tickets = () => readDesk(folder).tickets.map(({ device, memoryMiB }) => [device, memoryMiB]);
describe('a model on a device', () => {
  it('has a ticket of what it took, once it ran, and is remembered', async () => {
    const { session } = await open(700);
    const batch = images(1);
    await expectDoubled(session, batch);
    expect(tickets()).toEqual([['a', 200]]);
    expect(await rememberedMiB(folder, { sha256: 'abc', kind: 'simulated' })).toBe(200);
    await session.close();
    expect(tickets()).toEqual([]);
  });

  it('grows where it is while there is room, and moves to another device when there is none', async () => {
    const { session, othersClosed } = await open(200);
    const neighbour = new TicketDesk(folder);
    const beside = await neighbour.take({ ...wish, devices: DEVICES.slice(0, 1), memoryMiB: 500 });
    const [small, large] = [images(4), images(8)];
    await session.run(small.pixels, small.shape);
    expect(tickets()).toEqual([
      ['a', 500],
      ['a', 500],
    ]);
    await expectDoubled(session, large);
    expect(othersClosed()).toBe(1);
    expect(tickets()).toEqual([
      ['a', 500],
      ['b', 900],
    ]);
    neighbour.release(beside);
    await session.close();
  });

  it('halves a batch that the device has no memory for, and gives the same', async () => {
    const { session, runs } = await open(900, 2);
    const batch = images(7);
    await expectDoubled(session, batch);
    expect(runs).toEqual([7, 4, 2, 2, 3, 2, 1]);
    await session.close();
  });

  it('gives up on a single image, and asks for more the next time', async () => {
    const { opened, session } = await open(400, 0);
    const batch = images(1);
    await expect(session.run(batch.pixels, batch.shape)).rejects.toMatchObject({ code: 'DEVICE_MEMORY' });
    expect(opened.spent).toBe(true);
    expect(await rememberedMiB(folder, { sha256: 'abc', kind: 'simulated' })).toBe(600);
    await session.close();
  });

  it('takes more images at once while that pays and there is room, and is remembered without them', async () => {
    const { session } = await open(300);
    // A device has room for nine.
    expect(await runAll(session, 60)).toEqual([1, 1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8, 8, 4, 2, 1]);
    expect(tickets()).toEqual([['a', 900]]);
    expect(await rememberedMiB(folder, { sha256: 'abc', kind: 'simulated' })).toBe(200);
    await session.close();
  });

  it('takes no more memory for larger batches while others wait for it, and gives way to them at once', async () => {
    const { opened, session } = await open(300);
    const between = { quantumMs: 60_000, settleMs: 0 };
    const ask = (memoryMiB: number) =>
      new TicketDesk(folder).take({ ...wish, devices: DEVICES.slice(0, 1), memoryMiB });
    await runAll(session, 3);
    const patient = ask(900);
    await expect.poll(() => readDesk(folder).waiting.length).toBe(1);
    expect(await runAll(session, 4)).toEqual([1, 1, 1, 1]);
    expect(opened.isWanted(between)).toBe(false);
    await session.close();
    await patient;

    const again = await open(200);
    expect(await runAll(again.session, 3)).toEqual([1, 1, 1]);
    expect(tickets()).toContainEqual(['b', 200]);
    await runAll(again.session, 2);
    expect(tickets()).toContainEqual(['b', 300]);
    expect(again.opened.isWanted(between)).toBe(false);
    const other = new TicketDesk(folder).take({ ...wish, devices: DEVICES.slice(1), memoryMiB: 800 });
    await expect.poll(() => again.opened.isWanted(between)).toBe(true);
    await again.session.close();
    await other;
  });

  it('goes back to smaller batches where the device has less memory than it says, and stays there', async () => {
    const sizes = new BatchSizes();
    const first = await open(300, 2, sizes);
    expect(await runAll(first.session, 20)).toEqual([1, 1, 1, 2, 2, 2, 4, 2, 2, 2, 1]);
    expect(first.runs).toEqual([1, 1, 1, 2, 2, 2, 4, 2, 2, 2, 2, 2, 1]);
    await first.session.close();
    const second = await open(300, 2, sizes);
    // A model that was opened anew shows first what it takes.
    expect(await runAll(second.session, 7)).toEqual([1, 2, 2, 2]);
    await second.session.close();
  });
});
