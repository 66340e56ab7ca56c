import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { axis, drawChart, type Chart } from './draw-curves.ts';

describe('axis', () => {
  it('covers its range with round steps', () => {
    expect(axis([0, 12_400], 8).ticks).toEqual([0, 2000, 4000, 6000, 8000, 10_000, 12_000, 14_000]);
    expect(axis([0.13, 0.71], 5)).toEqual({ from: 0, to: 0.8, ticks: [0, 0.2, 0.4, 0.6, 0.8] });
    for (const high of [1e-3, 0.7, 1, 3, 17, 99_999]) {
      const { from, to, ticks } = axis([0, high], 5);
      expect(from).toBe(0);
      expect(to).toBeGreaterThanOrEqual(high * 0.999);
      expect(ticks.length).toBeLessThanOrEqual(8);
    }
  });
});

describe('drawChart', () => {
  const chart = (points: readonly (readonly [number, number])[]): Chart => ({
    title: 'A < B & C',
    subtitle: '',
    xLabel: 'step',
    panels: [
      {
        title: 'Loss',
        unit: '',
        range: [0, 1],
        curves: [{ name: 'a', colour: '#ff0000', width: 4, points }],
      },
    ],
  });

  it('puts points where the axes say', async () => {
    const { data, info } = await sharp(
      Buffer.from(
        drawChart(
          chart([
            [0, 0.5],
            [100, 0.5],
          ]),
        ),
      ),
    )
      .raw()
      .toBuffer({ resolveWithObject: true });
    // The panel's inner box: 74..930 by 116..362; half way up is row 239.
    const at = (x: number, y: number) => [
      ...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3),
    ];
    expect(at(500, 239)).toEqual([255, 0, 0]);
    expect(at(501, 180)).toEqual([255, 255, 255]);
  });

  it('bears a single point, and none, and escapes text', () => {
    expect(drawChart(chart([[5, 0.5]]))).toContain('<circle');
    const none = drawChart(chart([]));
    expect(none).toContain('A &lt; B &amp; C');
    expect(none).not.toMatch(/NaN|Infinity|undefined/);
  });
});
