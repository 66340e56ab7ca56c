import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NetworkThread } from './network-thread.ts';
import { openNetwork } from './onnx-network.ts';

/** Made by tests/fixtures/make-models.py. */
const fixture = (name: string) =>
  readFile(fileURLToPath(new URL(`../../tests/fixtures/models/${name}.onnx`, import.meta.url)));

let thread = new NetworkThread();
beforeEach(() => {
  thread = new NetworkThread();
});
afterEach(() => thread.close());

const shape = { n: 1, c: 3, h: 512, w: 512 };
const pixels = (shared: boolean) => {
  const length = shape.c * shape.h * shape.w;
  const data = shared ? new Float32Array(new SharedArrayBuffer(4 * length)) : new Float32Array(length);
  for (let i = 0; i < length; i += 1) data[i] = Math.sin(i);
  return data;
};

describe('a thread of networks', () => {
  it('gives the bits that a network gives here, from shared memory and from its own', async () => {
    const bytes = await fixture('unet');
    const here = await openNetwork(bytes, { file: 'unet.onnx', threads: 1 });
    const expected = await here.run(pixels(false), shape);
    await here.close();
    const there = await thread.open(bytes, { file: 'unet.onnx', threads: 1 });
    expect(there.axes).toEqual(here.axes);
    for (const shared of [true, false, true]) {
      const got = await there.run(pixels(shared), shape);
      expect(got.shape).toEqual(expected.shape);
      expect(Buffer.compare(Buffer.from(got.data.buffer), Buffer.from(expected.data.buffer))).toBe(0);
    }
    await there.close();
    await expect(there.run(pixels(true), shape)).rejects.toThrow('no network');
  });

  it('leaves the event loop free while it runs', async () => {
    const network = await thread.open(await fixture('unet'), { file: 'unet.onnx', threads: 1 });
    const input = pixels(true);
    let turns = 0;
    let running = true;
    const turn = () => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    await network.run(input, shape);
    running = false;
    // A run that blocked would leave a handful.
    expect(turns).toBeGreaterThan(100);
  });

  it('runs several networks in the order in which they are asked', async () => {
    const [first, second] = await Promise.all(
      ['conv3', 'unet'].map(async (name) =>
        thread.open(await fixture(name), { file: `${name}.onnx`, threads: 1 }),
      ),
    );
    const order: string[] = [];
    const small = { ...shape, h: 16, w: 16 };
    await Promise.all([
      second?.run(pixels(true), shape).then(() => order.push('unet')),
      first?.run(pixels(true).subarray(0, 3 * 256), small).then(() => order.push('conv3')),
    ]);
    expect(order).toEqual(['unet', 'conv3']);
  });

  it('tells what failed, with its code, and goes on', async () => {
    await expect(
      thread.open(Buffer.from('nothing'), { file: 'broken.onnx', threads: 1 }),
    ).rejects.toMatchObject({ family: 'input', code: 'MODEL_NOT_ONNX', context: { file: 'broken.onnx' } });
    const network = await thread.open(await fixture('conv3'), { file: 'conv3.onnx', threads: 1 });
    await expect(network.run(new Float32Array(5), shape)).rejects.toMatchObject({
      code: 'MODEL_INPUT',
      hint: expect.stringContaining('model import') as string,
    });
    expect((await network.run(pixels(true), shape)).data.length).toBe(shape.h * shape.w);
  });
});
