import { z } from 'zod';
import { OPENAPI_TYPE, openApiDocument } from '../openapi.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** What describes the server itself. */
export const metaRoutes = (context: ServerContext, routes: () => readonly AnyRoute[]): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/api',
    tag: 'server',
    summary: 'Say what this server is',
    scope: 'read',
    answer: {
      description: 'Name, version and workspace.',
      schema: z.object({ name: z.string(), version: z.string(), workspace: z.string() }),
    },
    handle: () => ({
      name: 'resflow',
      version: context.version,
      workspace: context.root.split(/[\\/]/).at(-1) ?? '',
    }),
  }),
  defineRoute({
    method: 'GET',
    url: '/api/openapi.json',
    tag: 'server',
    summary: 'Describe every route',
    scope: 'open',
    answer: { description: 'An OpenAPI 3.1 document.', mediaTypes: [OPENAPI_TYPE] },
    handle: ({ origin }, { version }, reply) =>
      reply.type(OPENAPI_TYPE).send(JSON.stringify(openApiDocument(routes(), { version, origin }))),
  }),
];
