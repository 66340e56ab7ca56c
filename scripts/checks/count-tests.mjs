// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
export const COLOURS = /\u001b\[[0-9;]*m/g;

/** What a test runner says of its tests in its closing lines ("41 passed, 2 skipped"); empty for other programs. */
export function countTests(output) {
  const lines = output.replace(COLOURS, '').split('\n');
  const closing = lines.filter(
    (line) => /^\s*Tests\s+\d/.test(line) || /^=*\s*\d+ (passed|failed).* in [\d.]+ ?s/.test(line),
  );
  const counts = { failed: 0, passed: 0, skipped: 0 };
  for (const line of closing) {
    for (const [, number, kind] of line.matchAll(/(\d+) (failed|passed|skipped)/g))
      counts[kind] += Number(number);
  }
  return ['passed', 'failed', 'skipped']
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${kind}`)
    .join(', ');
}
