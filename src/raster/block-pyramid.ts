import { constantOf, type Block } from './block-encoder.ts';
import { reduceBlock, type ReductionKind } from './reduce-block.ts';

/** A block's place: its level, and its column and row counted in blocks. */
export interface BlockPlace {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

export interface Pyramid {
  readonly blockPixels: number;
  readonly kind: ReductionKind;
  readonly noData: number;
  /** Blocks of each level; a child outside it holds no data. */
  readonly levels: readonly { readonly columns: number; readonly rows: number }[];
  /**
   * The half-size picture of a block at `place` (its quarter of the parent), or null to have it made from the block
   * itself, which is then composed from its own children.
   */
  half(place: BlockPlace): Promise<Block | null>;
  /** A block of the base; called only where `half` gave null at level 0 and for `place` itself at level 0. */
  base(place: BlockPlace): Promise<Block>;
  /** Takes each composed block, children before parents. */
  emit(place: BlockPlace, block: Block): Promise<void>;
}

/**
 * Composes the block at `place` from its four children, depth first, and emits it and every block that had to be
 * composed below it. Holds four halves a level, whatever the size of the grid.
 */
export async function composeBlock(pyramid: Pyramid, place: BlockPlace): Promise<Block> {
  const block = place.level === 0 ? await pyramid.base(place) : await fromChildren(pyramid, place);
  await pyramid.emit(place, block);
  return block;
}

/** A block's quarter of its parent. */
export function halveBlock(pyramid: Pick<Pyramid, 'blockPixels' | 'kind' | 'noData'>, block: Block): Block {
  if (typeof block === 'number') return block;
  return reduceBlock(block, pyramid.blockPixels, pyramid.kind, pyramid.noData);
}

async function fromChildren(pyramid: Pyramid, place: BlockPlace): Promise<Block> {
  const children = QUADRANTS.map(([down, right]) => ({
    level: place.level - 1,
    column: place.column * 2 + right,
    row: place.row * 2 + down,
  }));
  const known = await Promise.all(children.map((child) => knownQuarter(pyramid, child)));
  const quarters: Block[] = [];
  for (const [index, child] of children.entries())
    quarters.push(known[index] ?? halveBlock(pyramid, await composeBlock(pyramid, child)));
  return joinQuarters(quarters, pyramid.blockPixels);
}

const QUADRANTS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** A quarter that need not be composed. */
async function knownQuarter(pyramid: Pyramid, child: BlockPlace): Promise<Block | null> {
  const size = pyramid.levels[child.level];
  if (size === undefined || child.column >= size.columns || child.row >= size.rows) return pyramid.noData;
  return pyramid.half(child);
}

/** Four quarters (upper left, upper right, lower left, lower right) as one block. */
function joinQuarters(quarters: readonly Block[], side: number): Block {
  const [first] = quarters;
  if (typeof first === 'number' && quarters.every((one) => one === first)) return first;
  const half = side / 2;
  const block = new Uint8Array(side * side);
  quarters.forEach((pixels, index) => {
    const corner = Math.floor(index / 2) * half * side + (index % 2) * half;
    for (let row = 0; row < half; row++) {
      const to = corner + row * side;
      if (typeof pixels === 'number') block.fill(pixels, to, to + half);
      else block.set(pixels.subarray(row * half, (row + 1) * half), to);
    }
  });
  return constantOf(block) ?? block;
}
