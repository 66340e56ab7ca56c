import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HttpError } from '../problem.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { RunWatcher, type ServerEvent } from '../run-watcher.ts';
import type { ServerContext } from '../server-context.ts';

/** A sign of life for proxies and for clients that were cut off without a word. */
const BEAT_MS = 15_000;
/** Streams that are open at the same time. */
const MOST_STREAMS = 200;
/** A client that reads so slowly is let go; it comes back and goes on. */
const MOST_UNSENT_BYTES = 4 * 1024 * 1024;

export const eventRoutes = ({ root, signal }: ServerContext): AnyRoute[] => {
  const watcher = new RunWatcher(root, randomBytes(4).toString('hex'));
  let streams = 0;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/events',
      tag: 'runs',
      summary: 'Tell what happens to runs as it happens (server-sent events)',
      scope: 'read',
      query: z.object({
        /** As the header Last-Event-ID. */
        after: z.string().max(64).optional(),
      }),
      answer: {
        description:
          '`run`: a run as it is now; `regions`: what became of some of its regions; `reset`: read everything anew, then go on from here.',
        mediaTypes: ['text/event-stream'],
      },
      handle({ query, headers }, _context, reply) {
        if (streams >= MOST_STREAMS) {
          throw new HttpError(503, 'TOO_MANY_STREAMS', `${MOST_STREAMS} streams are open already.`, {
            headers: { 'retry-after': '5' },
          });
        }
        const { raw } = reply;
        const last = headers['last-event-id'] ?? query.after;
        reply.hijack();
        raw.writeHead(200, {
          ...Object.fromEntries(
            Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
          ),
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        });
        raw.flushHeaders();
        const send = ({ id, event, data }: ServerEvent | { id: string; event: 'reset'; data: null }) => {
          if (raw.writableLength > MOST_UNSENT_BYTES) raw.destroy();
          else raw.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        };
        const stop = watcher.listen(send, typeof last === 'string' ? last : null, () =>
          send({ id: watcher.lastId, event: 'reset', data: null }),
        );
        const beat = setInterval(() => raw.write(': here\n\n'), BEAT_MS);
        const end = () => raw.end();
        signal.addEventListener('abort', end, { once: true });
        streams += 1;
        raw.once('close', () => {
          streams -= 1;
          clearInterval(beat);
          stop();
          signal.removeEventListener('abort', end);
        });
        return reply;
      },
    }),
  ];
};
