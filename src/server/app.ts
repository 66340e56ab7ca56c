import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Access } from './access.ts';
import { applicationRoutes } from './api/applications.ts';
import { eventRoutes } from './api/events.ts';
import { galleryRoutes } from './api/gallery.ts';
import { metaRoutes } from './api/meta.ts';
import { objectRoutes } from './api/objects.ts';
import { predictRoutes } from './api/predict.ts';
import { runResultRoutes } from './api/run-results.ts';
import { runRoutes } from './api/runs.ts';
import { runSteeringRoutes } from './api/run-steering.ts';
import { sceneRoutes } from './api/scenes.ts';
import { guardOrigin, SECURITY_HEADERS } from './guard.ts';
import { readPage, sendPage } from './page.ts';
import { LivePredictions } from './live/live-predictions.ts';
import { readTls } from './read-tls.ts';
import { describeIssues, HttpError, notFound, problemOf } from './problem.ts';
import type { AnyRoute } from './route.ts';
import type { ServerContext } from './server-context.ts';
import { mapServiceRoutes } from './map-service-routes.ts';

export interface ServerOptions {
  /** Only this machine reaches it: no keys, but names and origins are checked. */
  readonly loopbackOnly: boolean;
  /** PEM files; null: plain HTTP. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  /** Requests a second from one address, beyond the loopback interface. */
  readonly requestsPerSecond: number;
}

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_PARAM_LENGTH = 512;
/** Beside those of runs, which come first. */
const PREDICTION_WORKERS = 1;

/** Every route of the server, in the order of the description. */
export const allRoutes = (context: ServerContext): AnyRoute[] => {
  const routes: AnyRoute[] = [];
  const predictions = new LivePredictions(context, { workers: PREDICTION_WORKERS });
  routes.push(
    ...metaRoutes(context, () => routes),
    ...sceneRoutes(),
    ...applicationRoutes(),
    ...galleryRoutes(context),
    ...runRoutes(),
    ...runSteeringRoutes(),
    ...runResultRoutes(),
    ...objectRoutes(),
    ...eventRoutes(context),
    ...predictRoutes(predictions),
    ...mapServiceRoutes(context, predictions),
  );
  return routes;
};

/** The server of one workspace, not yet listening. */
export async function createServer(context: ServerContext, options: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    ...(options.tls === null ? {} : { https: readTls(options.tls) }),
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: true },
    requestTimeout: 30_000,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: true,
  }) as unknown as FastifyInstance;
  const access = new Access(context.root, { keysNeeded: !options.loopbackOnly });
  if (!options.loopbackOnly) {
    await app.register(rateLimit, {
      max: options.requestsPerSecond * 10,
      timeWindow: 10_000,
      errorResponseBuilder: (_request, { after }) =>
        new HttpError(429, 'TOO_MANY_REQUESTS', `Too many requests from this address; again after ${after}.`),
    });
  }
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    guardOrigin(request, options);
    done();
  });
  app.setErrorHandler((error, request, reply) => sendProblem(error, { request, reply, context }));
  const page = await readPage();
  app.setNotFoundHandler((request, reply) =>
    sendPage(page, request, reply)
      ? reply
      : sendProblem(
          notFound(
            'NO_ROUTE',
            `There is nothing at ${request.method} ${request.url.split('?')[0]}.`,
            'See /api/openapi.json.',
          ),
          { request, reply, context },
        ),
  );
  for (const route of allRoutes(context)) addRoute(app, route, { context, access });
  return app;
}

function sendProblem(
  error: unknown,
  { request, reply, context }: { request: FastifyRequest; reply: FastifyReply; context: ServerContext },
): FastifyReply {
  const problem = problemOf(error);
  if (problem.status >= 500 && problem.status !== 503) {
    context.log.error({ err: error, method: request.method, url: request.url }, 'a request failed');
  }
  if (error instanceof HttpError) reply.headers(error.headers);
  // Where the workspace lies is nobody's business.
  const text = JSON.stringify(problem).replaceAll(JSON.stringify(context.root).slice(1, -1), 'WORKSPACE');
  return reply.code(problem.status).type('application/problem+json').send(text);
}

function addRoute(
  app: FastifyInstance,
  route: AnyRoute,
  { context, access }: { context: ServerContext; access: Access },
): void {
  app.route({
    method: route.method,
    url: route.url.replace(/\{([A-Za-z]+)\}/g, ':$1'),
    // A stream has no end that HEAD could tell.
    exposeHeadRoute: route.answer.mediaTypes?.includes('text/event-stream') !== true,
    ...(route.scope === 'open'
      ? {}
      : {
          preHandler: (request) => access.check(request, route.scope as Exclude<typeof route.scope, 'open'>),
        }),
    handler: async (request, reply) => {
      const input = {
        params: checked('path', route.params, request.params),
        query: checked('query', route.query, request.query),
        body: checked('body', route.body, request.body),
        headers: request.headers,
        origin: `${request.protocol}://${request.headers.host ?? 'localhost'}`,
        client: request.ip,
        signal: untilGone(reply, context.signal),
      };
      const value = await route.handle(input, context, reply);
      if (value === reply || reply.sent) return reply;
      if (route.status !== undefined) reply.code(route.status);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(value));
    },
  });
}

function checked(part: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw describeIssues(part, parsed.error);
}

/** Aborted when the client goes away before its answer is through, or the server stops. */
function untilGone(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new HttpError(499, 'CLIENT_GONE', 'The client went away.'));
  });
  return AbortSignal.any([gone.signal, stopping]);
}
