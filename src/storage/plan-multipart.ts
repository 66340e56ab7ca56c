import type { Piece } from './store.ts';

/** One part of a multipart upload: bytes that are read and sent, or a range of another object that the service copies. */
export type PlannedPart =
  | { readonly kind: 'send'; readonly bytes: number; readonly pieces: readonly Piece[] }
  | { readonly kind: 'copy'; readonly bytes: number; readonly key: string; readonly offset: number };

/** What the service demands of parts, all but the last. */
export interface PartLimits {
  readonly leastBytes: number;
  readonly mostBytes: number;
  readonly mostParts: number;
}

export const S3_LIMITS: PartLimits = {
  leastBytes: 5 * 2 ** 20,
  mostBytes: 5 * 2 ** 30,
  mostParts: 10_000,
};

interface Run {
  readonly pieces: Piece[];
  bytes: number;
}

const emptyRun = (): Run => ({ pieces: [], bytes: 0 });

/**
 * Cuts an object into parts: neighbouring pieces that lie one behind the other in one source are copied by the service
 * where together they are large enough for a part; all others are sent, gathered to parts that are large enough. Where
 * too little was gathered before a copy, its first pieces are gathered too. Pieces are never cut, and come in their
 * order; holds the pieces of one run and one part.
 */
export function* planMultipart(
  pieces: Iterable<Piece>,
  bytes: number,
  limits: PartLimits = S3_LIMITS,
): Generator<PlannedPart> {
  // With no part below this, but the last, they cannot be too many.
  const least = Math.max(limits.leastBytes, Math.ceil(bytes / (limits.mostParts - 1)));
  let gathered = emptyRun();
  let run = emptyRun();
  const gather = function* (piece: Piece): Generator<PlannedPart> {
    gathered.pieces.push(piece);
    gathered.bytes += piece.length;
    if (gathered.bytes < least) return;
    yield { kind: 'send', ...gathered };
    gathered = emptyRun();
  };
  const endRun = function* (): Generator<PlannedPart> {
    const ended = run;
    run = emptyRun();
    const missing = gathered.bytes === 0 ? 0 : least - gathered.bytes;
    let moved = 0;
    let count = 0;
    while (count < ended.pieces.length && moved < missing) moved += ended.pieces[count++]?.length ?? 0;
    const copies = ended.bytes - moved >= least;
    for (const piece of copies ? ended.pieces.slice(0, count) : ended.pieces) yield* gather(piece);
    if (copies)
      yield* copiesOf(ended.pieces.slice(count), ended.bytes - moved, { ...limits, leastBytes: least });
  };
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    if (!follows(run.pieces.at(-1), piece)) yield* endRun();
    if (piece.source === null) yield* gather(piece);
    else {
      run.pieces.push(piece);
      run.bytes += piece.length;
    }
  }
  yield* endRun();
  if (gathered.bytes > 0) yield { kind: 'send', ...gathered };
}

function follows(before: Piece | undefined, { source }: Piece): boolean {
  const last = before?.source ?? null;
  if (before === undefined || last === null || source === null) return false;
  return source.key === last.key && source.offset === last.offset + before.length;
}

/** A range as copies of about equal size, none above the limit. */
function* copiesOf(
  pieces: readonly Piece[],
  bytes: number,
  { mostBytes }: PartLimits,
): Generator<PlannedPart> {
  const source = pieces[0]?.source ?? null;
  if (source === null) return;
  const count = Math.ceil(bytes / mostBytes);
  for (let at = 0; at < count; at += 1) {
    const from = Math.floor((bytes * at) / count);
    const to = Math.floor((bytes * (at + 1)) / count);
    yield { kind: 'copy', bytes: to - from, key: source.key, offset: source.offset + from };
  }
}
