import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { inputError } from '../core/errors.ts';
import { fileError } from './file-error.ts';
import { gdal, gdalMessage } from './gdal.ts';
import { gdalPath, isRemote, isVirtual } from './gdal-path.ts';
import { remoteError } from './remote-error.ts';
import type { FileIdentity } from './source-record.ts';

/** Bytes of the head and of the tail that are digested. */
const PIECE = 64 * 1024;

/** Files up to this size are digested whole: their time says nothing more. */
export const WHOLE_DIGEST_BYTES = 2 * PIECE;

/**
 * What tells a file from a later one at the same address: size, modification time, ETag, and a digest of its head and
 * tail (left out where `digest` is false). Members that the kind of address does not have are null: objects in S3 and
 * files in archives are known by size and time, GDAL's `DRIVER:file:part` names by nothing.
 * Throws input errors FILE_NOT_FOUND, FILE_NOT_READABLE, ACCESS_DENIED.
 */
export async function identifyFile(href: string, digest = true): Promise<FileIdentity> {
  const address = href.replace(/^\/vsicurl\/(?=https?:\/\/)/i, '');
  if (/^https?:\/\//i.test(address)) return identifyHttp(href, address, digest);
  if (isRemote(href) || href.startsWith('/vsi')) return identifyInGdal(href);
  if (isVirtual(href)) return { href, size: null, modified: null, etag: null, sha256: null };
  return identifyLocal(href, digest);
}

async function identifyLocal(href: string, digest: boolean): Promise<FileIdentity> {
  const path = gdalPath(href);
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileError(href, error);
  });
  try {
    const { size, mtime } = await file.stat();
    const hash = createHash('sha256');
    for (const [position, length] of digest ? pieces(size) : []) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    const sha256 = digest ? hash.digest('hex') : null;
    return { href: path, size, modified: mtime.toISOString(), etag: null, sha256 };
  } finally {
    await file.close();
  }
}

/** Head and tail of a file of `size` bytes, the whole where it is small: [position, length]. */
function pieces(size: number): [number, number][] {
  if (size <= WHOLE_DIGEST_BYTES) return [[0, size]];
  return [
    [0, PIECE],
    [size - PIECE, PIECE],
  ];
}

/** Objects and members of archives, as GDAL's file systems know them. */
async function identifyInGdal(href: string): Promise<FileIdentity> {
  try {
    const { size, mtime } = await gdal.fs.statAsync(gdalPath(href));
    const modified = mtime.getTime() > 0 ? mtime.toISOString() : null;
    return { href, size, modified, etag: null, sha256: null };
  } catch (error) {
    throw remoteError(href, gdalMessage(error), error) ?? fileError(href, error);
  }
}

async function identifyHttp(href: string, address: string, digest: boolean): Promise<FileIdentity> {
  const { size, headers } = await headOf(address);
  const etag = headers.get('etag');
  const modified = headers.get('last-modified');
  const time = modified === null ? Number.NaN : Date.parse(modified);
  return {
    href,
    size,
    modified: Number.isNaN(time) ? null : new Date(time).toISOString(),
    etag,
    sha256: digest && etag === null && size !== null ? await digestRanges(address, size) : null,
  };
}

/** Size and headers of an address; by a range request where the server refuses HEAD, as it does to signed addresses. */
async function headOf(address: string): Promise<{ size: number | null; headers: Headers }> {
  const head = await send(address, { method: 'HEAD' });
  if (head.ok) return { size: wholeNumber(head.headers.get('content-length')), headers: head.headers };
  const first = await request(address, { headers: { range: 'bytes=0-0' } });
  await first.body?.cancel();
  const total = /\/(\d+)$/.exec(first.headers.get('content-range') ?? '')?.[1];
  const length = first.status === 206 ? (total ?? null) : first.headers.get('content-length');
  return { size: wholeNumber(length), headers: first.headers };
}

function wholeNumber(text: string | null): number | null {
  const value = text === null ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** Where the server gives no ETag: the digest of head and tail by range requests, or null where it has no ranges. */
async function digestRanges(address: string, size: number): Promise<string | null> {
  const hash = createHash('sha256');
  for (const [position, length] of pieces(size)) {
    const response = await request(address, {
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

async function request(address: string, init: RequestInit): Promise<Response> {
  const response = await send(address, init);
  if (response.ok) return response;
  throw unreachable(address, `the server answered ${response.status} ${response.statusText}`);
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { ...init, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw unreachable(address, `${error.message}${cause}`);
  }
}

const unreachable = (address: string, why: string) =>
  inputError('FILE_NOT_FOUND', `${address} cannot be read: ${why}.`, {
    hint: 'Check the address, the network, and whether it needs credentials.',
    context: { file: address },
  });
