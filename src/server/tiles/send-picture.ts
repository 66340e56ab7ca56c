import type { FastifyReply } from 'fastify';
import type { RouteRequest } from '../route.ts';
import { mediaTypeOf } from './encode-picture.ts';
import type { AskedPicture, PictureService } from './picture-service.ts';

/** How long a picture may be shown without asking again. */
const MINUTE = 'private, max-age=60, stale-while-revalidate=600';
/** Under an address with the raster's version it never changes. */
const FOR_GOOD = 'private, max-age=31536000, immutable';

/** Answers with a picture: 304 where the client has it already. */
export async function sendPicture(
  service: PictureService,
  asked: AskedPicture,
  request: Pick<RouteRequest<unknown, unknown, unknown>, 'headers' | 'signal'> & {
    version?: string | undefined;
  },
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { etag, raster } = asked;
  const forGood = request.version === shortVersion(raster.version);
  reply.header('etag', etag).header('cache-control', forGood ? FOR_GOOD : MINUTE);
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
  const bytes = await service.picture(asked, request.signal);
  return reply.type(mediaTypeOf(bytes)).send(bytes);
}

/** Whether a client's If-None-Match names this (RFC 9110, 13.1.2: weak comparison). */
export function isKnown(header: string | string[] | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const text = Array.isArray(header) ? header.join(',') : header;
  return text.trim() === '*' || text.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}

/** What addresses carry of a raster's version. */
export const shortVersion = (version: string): string => version.slice(0, 16);
