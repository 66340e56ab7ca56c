import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { contractError, inputError } from '../core/errors.ts';
import { fileError } from './file-error.ts';
import { gdalPath, isRemote, isVirtual } from './gdal-path.ts';
import type { SourceIdentity } from './source-record.ts';

/** Bytes of the head and of the tail that are digested. */
const PIECE = 64 * 1024;

/**
 * What tells a source from a later one at the same address: size, modification time, ETag, and a digest of its head and
 * tail. Members that the kind of source does not have are null. Throws input errors FILE_NOT_FOUND, FILE_NOT_READABLE.
 */
export async function identify(href: string): Promise<SourceIdentity> {
  if (/^https?:\/\//i.test(href)) return identifyHttp(href);
  if (isRemote(href) || isVirtual(href))
    return { href, size: null, modified: null, etag: null, sha256: null };
  return identifyFile(href);
}

async function identifyFile(href: string): Promise<SourceIdentity> {
  const path = gdalPath(href);
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileError(href, error);
  });
  try {
    const { size, mtime } = await file.stat();
    const hash = createHash('sha256');
    for (const [position, length] of pieces(size)) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return { href: path, size, modified: mtime.toISOString(), etag: null, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** Head and tail of a file of `size` bytes, the whole where it is small: [position, length]. */
function pieces(size: number): [number, number][] {
  if (size <= 2 * PIECE) return [[0, size]];
  return [
    [0, PIECE],
    [size - PIECE, PIECE],
  ];
}

async function identifyHttp(href: string): Promise<SourceIdentity> {
  const head = await request(href, { method: 'HEAD' });
  const length = head.headers.get('content-length');
  const size = length === null ? null : Number(length);
  const etag = head.headers.get('etag');
  const modified = head.headers.get('last-modified');
  const time = modified === null ? Number.NaN : Date.parse(modified);
  return {
    href,
    size: size !== null && Number.isSafeInteger(size) ? size : null,
    modified: Number.isNaN(time) ? null : new Date(time).toISOString(),
    etag,
    sha256: etag === null && size !== null ? await digestRanges(href, size) : null,
  };
}

/** Where the server gives no ETag: the digest of head and tail by range requests, or null where it has no ranges. */
async function digestRanges(href: string, size: number): Promise<string | null> {
  const hash = createHash('sha256');
  for (const [position, length] of pieces(size)) {
    const response = await request(href, {
      headers: { range: `bytes=${position}-${position + length - 1}` },
    });
    if (response.status !== 206) {
      await response.body?.cancel();
      return null;
    }
    hash.update(new Uint8Array(await response.arrayBuffer()));
  }
  return hash.digest('hex');
}

async function request(href: string, init: RequestInit): Promise<Response> {
  let why: string;
  try {
    const response = await fetch(href, { ...init, signal: AbortSignal.timeout(30_000) });
    if (response.ok) return response;
    why = `the server answered ${response.status} ${response.statusText}`;
  } catch (error) {
    why =
      error instanceof Error
        ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}`
        : String(error);
  }
  throw inputError('FILE_NOT_FOUND', `${href} cannot be read: ${why}.`, {
    hint: 'Check the address, the network, and whether it needs credentials.',
    context: { file: href },
  });
}

/**
 * Compares a source with what was recorded of it. A new modification time alone is no change where the digest covers
 * the whole file, or the server vouches by an ETag. Throws contract error SOURCE_CHANGED, saying what changed, and the
 * errors of `identify`.
 */
export async function checkIdentity(recorded: SourceIdentity): Promise<void> {
  const now = await identify(recorded.href);
  const changes = identityChanges(recorded, now);
  if (changes.length === 0) return;
  throw contractError(
    'SOURCE_CHANGED',
    `${recorded.href} is not the file that was added: ${changes.join('; ')}.`,
    {
      hint: 'If the new file is right, add it again with `resflow scene add --replace`; otherwise bring the old one back.',
      context: { file: recorded.href, changes },
    },
  );
}

/** What differs between two identities, in words; nothing where members are null on either side. */
export function identityChanges(before: SourceIdentity, now: SourceIdentity): string[] {
  const changes: string[] = [];
  if (before.size !== null && now.size !== null && before.size !== now.size) {
    changes.push(`size ${before.size} -> ${now.size} bytes`);
  }
  if (before.etag !== null && now.etag !== null && before.etag !== now.etag) {
    changes.push(`ETag ${before.etag} -> ${now.etag}`);
  }
  if (before.sha256 !== null && now.sha256 !== null && before.sha256 !== now.sha256) {
    changes.push('the digest of its head and tail');
  }
  const digested = before.sha256 !== null && now.sha256 !== null && (now.size ?? Infinity) <= 2 * PIECE;
  const judged = digested || (before.etag !== null && now.etag !== null);
  if (!judged && before.modified !== null && now.modified !== null && before.modified !== now.modified) {
    changes.push(`modified ${before.modified} -> ${now.modified}`);
  }
  return changes;
}
