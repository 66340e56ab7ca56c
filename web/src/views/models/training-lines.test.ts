import { describe, expect, it } from 'vitest';
import type { HistoryPoint } from '../../api/answers.ts';
import { placeScores, trainingLines } from './training-lines.ts';

const train = (step: number, loss: number): HistoryPoint => ({ kind: 'train', step, seconds: step, loss });
const validation = (step: number, iou: number, iouByPlace = {}): HistoryPoint => ({
  kind: 'validation',
  step,
  seconds: step,
  iou,
  iouByPlace,
});

describe('the curves of a training', () => {
  it('keep ends and shape of a long history in few points', () => {
    const { loss } = trainingLines(Array.from({ length: 5000 }, (_, i) => train(i, 1 - i / 5000)));
    expect(loss.length).toBeLessThan(410);
    expect(loss[0]).toEqual([0, 1]);
    expect(loss.at(-1)?.[0]).toBe(4999);
    expect(loss.every(([, y], i) => i === 0 || y <= (loss[i - 1]?.[1] ?? 0))).toBe(true);
  });
  it('take every validation as it is', () => {
    expect(trainingLines([train(1, 1), validation(5, 0.4), validation(9, 0.6)]).iou).toEqual([
      [5, 0.4],
      [9, 0.6],
    ]);
  });
  it('are none where there was no training', () =>
    expect(trainingLines([])).toEqual({ loss: [], iou: [], checked: [] }));
  it('name the worst place first, and those that could not be judged last', () =>
    expect(
      placeScores([validation(1, 0, { a: 0.1 }), validation(2, 0, { a: 0.5, b: null, c: 0.2 })]),
    ).toEqual([
      ['c', 0.2],
      ['a', 0.5],
      ['b', null],
    ]));
});
