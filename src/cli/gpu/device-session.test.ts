import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { resourceError } from '../../core/errors.ts';
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

/** 1000 MiB; a model takes 100, each megapixel 1000. */
const device = (name: string): SimulatedDevice => ({
  key: name,
  kind: 'simulated',
  name,
  index: 0,
  memoryMiB: 1000,
  usedMiB: () => Promise.resolve(0),
  needMiB: ({ megapixels }) => Math.ceil(100 + 1000 * megapixels),
  compute: () => Promise.resolve(),
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

async function open(memoryMiB: number, most = 100) {
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

/** n images of 100 x 1000 pixels, a tenth of a megapixel each. */
const images = (n: number) => ({
  pixels: Float32Array.from({ length: n * 100_000 }, (_, i) => i % 97),
  shape: { n, c: 1, h: 100, w: 1000 },
});
const tickets = () => readDesk(folder).tickets.map(({ device, memoryMiB }) => [device, memoryMiB]);
const doubled = ({ pixels }: ReturnType<typeof images>) => pixels.map((value) => 2 * value);

describe('a model on a device', () => {
  it('has a ticket of what it took, once it ran, and is remembered', async () => {
    const { session } = await open(700);
    const batch = images(1);
    expect(await session.run(batch.pixels, batch.shape)).toEqual(doubled(batch));
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
    expect(await session.run(large.pixels, large.shape)).toEqual(doubled(large));
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
    expect(await session.run(batch.pixels, batch.shape)).toEqual(doubled(batch));
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
});
