import { expect, test } from 'vitest';
import { textTable } from './text-table.ts';

test('numbers stand to the right, words to the left, and no line ends in spaces', () => {
  expect(
    textTable(
      ['scene', 'size', 'note'],
      [
        ['a', '1.5 Mpx', ''],
        ['longer', '120 Mpx', 'x'],
        ['b', '-', 'y'],
      ],
    ),
  ).toEqual(['scene      size  note', 'a       1.5 Mpx', 'longer  120 Mpx  x', 'b             -  y']);
});
