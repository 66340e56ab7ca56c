import { TILE_MATRIX_SETS, type TileMatrixSet } from '../../geo/tile-matrix.ts';
import { notFound } from '../problem.ts';

/** The tile matrix set of a name. Throws 404 for one that is not served. */
export function matrixSetOf(id: string): TileMatrixSet {
  const set = TILE_MATRIX_SETS.find((one) => one.id === id);
  if (set !== undefined) return set;
  const known = TILE_MATRIX_SETS.map((one) => one.id).join(', ');
  throw notFound('NO_TILE_MATRIX_SET', 'There is no such tile matrix set.', `There are: ${known}.`);
}
