import { describe, expect, test } from 'vitest';
import { renderScenes } from './render-scenes.ts';

const done = (scene: string) => ({
  scene,
  status: 'done' as const,
  layers: {
    class: `/w/runs/r/maps/${scene}/class.tif`,
    confidence: `/w/runs/r/maps/${scene}/confidence.tif`,
  },
  failures: [],
});
const failure = { task: 't', code: 'READ_FAILED', message: 'cut short', hint: 'mend it', context: {} };
const failed = (scene: string, failures = 1) => ({
  scene,
  status: 'failed' as const,
  layers: {},
  failures: Array.from({ length: failures }, () => failure),
});
const many = <T>(count: number, make: (scene: string) => T) =>
  Array.from({ length: count }, (_, i) => make(`s${i}`));

describe('scenes of a run on the terminal', () => {
  test('a few are listed with their files, those that failed last', () => {
    expect(renderScenes([failed('bad'), done('good')])).toEqual([
      '',
      '  good: done',
      '    class.tif, confidence.tif in /w/runs/r/maps/good',
      '',
      '  bad: failed',
      '    READ_FAILED: cut short\n      hint: mend it',
    ]);
  });

  test('hundreds that are done are one line, and the one that failed is the last thing to be read', () => {
    expect(renderScenes([failed('bad', 5), ...many(300, done)])).toEqual([
      '',
      '  300 scenes: done',
      '    class.tif, confidence.tif of each in /w/runs/r/maps',
      '',
      '  bad: failed',
      ...many(3, () => '    READ_FAILED: cut short\n      hint: mend it'),
      '    and 2 more failed regions; --json lists them all',
    ]);
  });

  test('of hundreds that failed the first are shown, and the rest counted', () => {
    const lines = renderScenes(many(100, (scene) => failed(scene)));
    expect(lines.filter((line) => line.endsWith(': failed'))).toHaveLength(20);
    expect(lines.at(-1)).toBe('  and 80 more scenes with failures; --json lists them all');
  });
});
