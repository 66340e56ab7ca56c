/**
 * The blocks of one image in the order their bytes lie in a file: along the Z-order curve (Morton 1966), so that the
 * blocks of any square whose side is a power of two, and which lies on a multiple of it, are neighbours in the file.
 * That is what a region's part holds, too, so that it can be copied whole. Gives `row * columns + column`.
 */
export function* blockOrder({ columns, rows }: { columns: number; rows: number }): Generator<number> {
  let side = 1;
  while (side < columns || side < rows) side *= 2;
  yield* square({ columns, rows }, { column: 0, row: 0, side });
}

function* square(
  size: { columns: number; rows: number },
  { column, row, side }: { column: number; row: number; side: number },
): Generator<number> {
  if (column >= size.columns || row >= size.rows) return;
  if (side === 1) {
    yield row * size.columns + column;
    return;
  }
  const half = side / 2;
  for (const down of [0, half]) {
    for (const right of [0, half])
      yield* square(size, { column: column + right, row: row + down, side: half });
  }
}
