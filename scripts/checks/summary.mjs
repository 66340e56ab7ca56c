/** A line a check: result, name, time, tests. */
export function summaryTable(results) {
  const width = Math.max(...results.map(({ name }) => name.length));
  const rows = results.map(({ name, ok, seconds, detail }) =>
    `${ok ? 'passed' : 'FAILED'}  ${name.padEnd(width)}  ${`${seconds.toFixed(1)} s`.padStart(8)}  ${detail}`.trimEnd(),
  );
  return rows.join('\n');
}

/** What the failed checks said, once more: their own output may be far above. */
export function failuresAgain(results) {
  return results
    .filter(({ failures = [] }) => failures.length > 0)
    .map(({ name, failures }) => `-- what failed in ${name}:\n${failures.join('\n')}\n\n`)
    .join('');
}

/** "10 passed, 1 failed", counting checks. */
export function closingLine(results) {
  const passed = results.filter(({ ok }) => ok).length;
  return `${passed} passed, ${results.length - passed} failed`;
}
