import { COLOURS } from './count-tests.mjs';

const MOST_LINES = 60;

/**
 * What a failed check said of its failures, to be said again at the end of everything: from the first failed test of a
 * test runner, else the last lines.
 */
export function failureLines(output) {
  const lines = output
    .replace(COLOURS, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const first = lines.findIndex((line) => /Failed (Tests|Suites) \d|^=+ (FAILURES|ERRORS) =+$/.test(line));
  return first < 0 ? lines.slice(-MOST_LINES) : lines.slice(first, first + MOST_LINES);
}
