import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BlockData, BlockType, PixelBlock } from '../raster/pixel-block.ts';
import { createNormaliser, normaliseInto } from './normalise.ts';

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array };

const caseSchema = z.object({
  type: z.enum(['uint8', 'uint16', 'int16', 'float32']),
  kind: z.enum(['scene', 'fixed']),
  mean: z.number(),
  std: z.number(),
  clip: z.number().optional(),
  scale: z.number().optional(),
  valueBits: z.array(z.int()),
  resultBits: z.array(z.int()),
});

/** Written by tests/fixtures/make-normalise-oracle.py with NumPy. */
const oracle = z
  .array(caseSchema)
  .parse(
    JSON.parse(readFileSync(new URL('../../tests/fixtures/normalise-oracle.json', import.meta.url), 'utf8')),
  );

function blockOf(type: BlockType, values: ArrayLike<number>, width: number): PixelBlock {
  const data: BlockData = ARRAYS[type].from(values);
  const window = { x: 0, y: 0, width, height: values.length / width };
  return { window, bands: 1, type, data, valid: new Uint8Array(values.length).fill(1) };
}

describe('normaliseInto', () => {
  it.each(oracle)('has the bits of NumPy: $type, $kind, mean $mean, std $std', (c) => {
    const values = new Float32Array(Uint32Array.from(c.valueBits).buffer);
    const statistics = { mean: [c.mean], std: [c.std] };
    const normalisation =
      c.kind === 'scene'
        ? { kind: c.kind, clip: c.clip ?? 0 }
        : { kind: c.kind, scale: c.scale ?? 0, mean: [c.mean], std: [c.std] };
    const out = new Float32Array(values.length);
    normaliseInto(
      out,
      blockOf(c.type, values, values.length),
      createNormaliser(normalisation, statistics, 1, c.type),
    );
    expect([...new Uint32Array(out.buffer)]).toEqual(c.resultBits);
  });

  const identity = { kind: 'fixed' as const, scale: 1, mean: [0, 100], std: [1, 1] };
  const none = { mean: [], std: [] };

  it('writes 0 where a pixel holds no data, in every band', () => {
    const block: PixelBlock = {
      window: { x: 5, y: 5, width: 3, height: 1 },
      bands: 2,
      type: 'uint8',
      data: Uint8Array.of(1, 2, 3, 101, 102, 103),
      valid: Uint8Array.of(1, 0, 1),
    };
    const out = new Float32Array(6).fill(9);
    normaliseInto(out, block, createNormaliser(identity, none, 2, 'uint8'));
    expect([...out]).toEqual([1, 0, 3, 1, 0, 3]);
  });

  it('takes NaN for no data', () => {
    const out = new Float32Array(2).fill(9);
    normaliseInto(
      out,
      blockOf('float32', [Number.NaN, 4], 2),
      createNormaliser({ ...identity, mean: [0], std: [1] }, none, 1, 'float32'),
    );
    expect([...out]).toEqual([0, 4]);
  });

  it('cuts a window out of the block, with 0 where it hangs over', () => {
    const values = Array.from({ length: 20 }, (_, i) => i + 1);
    const block = blockOf('int16', values, 5);
    const normaliser = createNormaliser({ ...identity, mean: [0], std: [1] }, none, 1, 'int16');
    const cut = (x: number, y: number) => {
      const out = new Float32Array(6).fill(9);
      normaliseInto(out, block, normaliser, { x, y, width: 3, height: 2 });
      return [...out];
    };
    expect(cut(1, 1)).toEqual([7, 8, 9, 12, 13, 14]);
    expect(cut(-1, -1)).toEqual([0, 0, 0, 0, 1, 2]);
    expect(cut(3, 3)).toEqual([19, 20, 0, 0, 0, 0]);
    expect(cut(50, 0)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('refuses blocks of another type, and statistics that lack a band', () => {
    const normaliser = createNormaliser(identity, none, 2, 'uint8');
    expect(() => normaliseInto(new Float32Array(1), blockOf('uint16', [1], 1), normaliser)).toThrow(
      /do not fit/,
    );
    expect(() => createNormaliser({ kind: 'scene', clip: 3 }, { mean: [1], std: [1] }, 2, 'uint8')).toThrow(
      /band 2/,
    );
  });
});
