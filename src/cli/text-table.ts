/**
 * Rows of cells as lines with columns one below the other, two spaces apart. Columns whose cells below the heading are
 * numbers (with a unit, or '-') stand to the right.
 */
export function textTable(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const columns = heading.map((title, at) => {
    const cells = rows.map((row) => row[at] ?? '');
    return {
      width: Math.max(title.length, ...cells.map((cell) => cell.length)),
      right: cells.length > 0 && cells.every((cell) => /^(-|\d[\d.,]*( [a-zA-Z%]+)?)$/.test(cell)),
    };
  });
  return [heading, ...rows].map((row) =>
    columns
      .map(({ width, right }, at) =>
        right ? (row[at] ?? '').padStart(width) : (row[at] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd(),
  );
}
