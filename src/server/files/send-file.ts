import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { digestOf } from '../../core/digest.ts';
import { contractError, systemErrorCode } from '../../core/errors.ts';
import { gdalPath, isRemote, isVirtual } from '../../raster/gdal-path.ts';
import { HttpError, notFound } from '../problem.ts';
import { isKnown } from '../tiles/send-picture.ts';
import { byteRange } from './byte-range.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Sends a TIFF file that a record of the workspace names, whole or a range of it. Throws contract error NOT_SERVED for
 * what is no TIFF of this machine, 404, and 416 for a range beyond the end.
 */
export async function sendTiff(href: string, headers: Headers, reply: FastifyReply): Promise<FastifyReply> {
  const local = !isRemote(href) && !isVirtual(href);
  if (!local || !/\.tiff?$/i.test(href)) {
    throw contractError(
      'NOT_SERVED',
      `This raster is ${local ? 'no TIFF file' : 'not a file of this machine'}.`,
      {
        hint: local
          ? 'Its map tiles are served all the same.'
          : 'Read it where it lies; its map tiles are served all the same.',
      },
    );
  }
  return sendFile({ path: gdalPath(href), type: 'image/tiff; application=geotiff' }, headers, reply);
}

/** Sends a file, whole or a range of it. Throws 404 where it has gone, and 416 for a range beyond the end. */
export async function sendFile(
  { path, type }: { readonly path: string; readonly type: string },
  headers: Headers,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const file = await openFile(path);
  try {
    const { size, mtimeMs } = await file.stat();
    const etag = `"${digestOf([path, size, mtimeMs]).slice(0, 32)}"`;
    reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'private, max-age=60' });
    if (isKnown(headers['if-none-match'], etag)) {
      await file.close();
      return await reply.code(304).send();
    }
    const range = byteRange(rangeHeader(headers, etag), size);
    if (range === 'beyond') throw beyond(size);
    const { start, end } = range ?? { start: 0, end: size - 1 };
    reply.header('content-length', end - start + 1).type(type);
    if (range !== null) reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
    return await reply.send(bodyOf(file, reply.request.method === 'HEAD' ? null : { start, end }));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of a file, which is closed after them; none of a HEAD request. */
function bodyOf(file: FileHandle, range: { start: number; end: number } | null): Readable {
  if (range !== null && range.end >= range.start) return file.createReadStream(range);
  const empty = Readable.from([]);
  empty.once('close', () => void file.close());
  return empty;
}

/** A range of another version of the file is of no use: all of this one is sent then (RFC 9110, 13.1.5). */
function rangeHeader(headers: Headers, etag: string): string | undefined {
  const condition = headers['if-range'];
  return condition === undefined || condition === etag ? String(headers['range'] ?? '') : undefined;
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw notFound('FILE_GONE', 'The file is not there any more.');
    throw error;
  }
}

const beyond = (size: number): HttpError =>
  new HttpError(416, 'RANGE_BEYOND_END', `The file has ${size} bytes.`, {
    headers: { 'content-range': `bytes */${size}` },
  });
