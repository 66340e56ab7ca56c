import type { FastifyRequest } from 'fastify';
import { isLoopback } from './access.ts';
import { HttpError } from './problem.ts';

/** Headers of every answer. Nothing is loaded from elsewhere, nothing is framed, nothing is sniffed. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "style-src 'self' 'unsafe-inline'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'geolocation=(), camera=(), microphone=()',
};

/**
 * A server that only this machine reaches is still reached by every page in this machine's browsers. So its name must be
 * one of this machine's (else a page could have its own name point here), and what changes something must come from the
 * server's own pages.
 */
export function guardOrigin(request: FastifyRequest, { loopbackOnly }: { loopbackOnly: boolean }): void {
  const { host, origin } = request.headers;
  if (loopbackOnly && !isLoopback(hostName(host ?? ''))) {
    throw new HttpError(403, 'WRONG_HOST', 'This server only answers by a name of this machine.', {
      hint: 'Use http://127.0.0.1:PORT, or start it with --host.',
    });
  }
  if (request.method === 'GET' || request.method === 'HEAD' || origin === undefined) return;
  if (originHost(origin) === host) return;
  throw new HttpError(403, 'WRONG_ORIGIN', 'Another site asked for a change; only the own page may.', {
    hint: 'Programs send no Origin header.',
  });
}

const hostName = (host: string): string => host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
