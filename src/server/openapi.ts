import { z } from 'zod';
import { problemSchema } from './problem.ts';
import type { AnyRoute } from './route.ts';

type Json = Record<string, unknown>;

/** Media type of the document. */
export const OPENAPI_TYPE = 'application/vnd.oai.openapi+json;version=3.1';

/** JSON Schema of a zod schema, as OpenAPI 3.1 takes it. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
  });
  return rest;
}

/** The OpenAPI 3.1 document of the routes that are declared. */
export function openApiDocument(
  routes: readonly AnyRoute[],
  { version, origin }: { version: string; origin: string },
): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const operations = (paths[route.url] ??= {});
    operations[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'RESFlow',
      version,
      description: 'Scenes, galleries, models, runs and maps of one workspace, and map services of them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: origin }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key made by `resflow key create`.' },
        keyInAddress: {
          type: 'apiKey',
          in: 'query',
          name: 'key',
          description: 'For reading, in programs that cannot send headers.',
        },
      },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  };
}

function operationOf(route: AnyRoute): Json {
  const { answer } = route;
  const content =
    answer.schema === undefined
      ? Object.fromEntries((answer.mediaTypes ?? []).map((type) => [type, {}]))
      : { 'application/json': { schema: schemaOf(answer.schema, 'output') } };
  const body = route.body === undefined ? null : schemaOf(route.body, 'input');
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...(route.scope === 'open' ? {} : { security: securityOf(route.scope), 'x-scope': route.scope }),
    parameters: [...parametersOf(route, 'path'), ...parametersOf(route, 'query')],
    ...(body === null
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [String(route.status ?? 200)]: { description: answer.description, content },
      default: {
        description: 'A problem document says what is wrong.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** A server on the loopback interface asks for none, hence the empty requirement. */
const securityOf = (scope: string): Json[] => [
  {},
  { key: [] },
  ...(scope === 'read' ? [{ keyInAddress: [] }] : []),
];

const operationId = ({ method, url }: AnyRoute): string =>
  [method.toLowerCase(), ...url.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')].join('_');

function parametersOf(route: AnyRoute, place: 'path' | 'query'): Json[] {
  const schema = place === 'path' ? route.params : route.query;
  if (schema === undefined) return [];
  const { properties, required } = z
    .object({
      properties: z.record(z.string(), z.unknown()).default({}),
      required: z.array(z.string()).default([]),
    })
    .parse(schemaOf(schema, 'input'));
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}
