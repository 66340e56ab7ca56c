/**
 * The blocks of one image in the order their bytes lie in a file: along the Z-order curve (Morton 1966), so that the
 * blocks of any square whose side is a power of two, and which lies on a multiple of it, are neighbours in the file.
 * That is what a region's part holds, too, so that it can be copied whole. Gives `row * columns + column`.
 */
export function blockOrder({ columns, rows }: { columns: number; rows: number }): Uint32Array {
  const order = new Uint32Array(columns * rows);
  let count = 0;
  const square = (column: number, row: number, side: number): void => {
    if (column >= columns || row >= rows) return;
    if (side === 1) {
      order[count++] = row * columns + column;
      return;
    }
    const half = side / 2;
    square(column, row, half);
    square(column + half, row, half);
    square(column, row + half, half);
    square(column + half, row + half, half);
  };
  let side = 1;
  while (side < columns || side < rows) side *= 2;
  square(0, 0, side);
  return order;
}
