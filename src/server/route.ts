import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { KeyScope } from '../workspace/access-keys.ts';
import type { ServerContext } from './server-context.ts';

/** A request whose parts have passed their schemas. */
export interface RouteRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Scheme, host and port as the client named them, such as http://127.0.0.1:8080; checked. */
  readonly origin: string;
  /** Names who asks, for taking turns: its address. */
  readonly client: string;
  /** Aborted when the client goes away before it was answered, and when the server stops. */
  readonly signal: AbortSignal;
}

/** What an answer is, for the description of the interface. */
export interface AnswerSpec {
  readonly description: string;
  /** Of a JSON answer. */
  readonly schema?: z.ZodType;
  /** Of any other. */
  readonly mediaTypes?: readonly string[];
}

/**
 * One route, declared: Fastify's route, the checks of its input and its page in the OpenAPI document are made from this.
 * `url` has parameters in braces: `/api/scenes/{scene}`. A value that `handle` returns goes out as JSON; it may instead
 * send through `reply`, and return it.
 */
export interface Route<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly tag: string;
  readonly summary: string;
  /** What a key must allow; `open`: none is asked for (the page's own files). */
  readonly scope: KeyScope | 'open';
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answer: AnswerSpec;
  /** Of a good answer. [200] */
  readonly status?: number;
  handle(request: RouteRequest<Params, Query, Body>, context: ServerContext, reply: FastifyReply): unknown;
}

/** A route whose types are hidden, as lists of routes hold it. */
export type AnyRoute = Route;

/** Gives a route its types from its schemas: each part reaches `handle` only after its own. */
export const defineRoute = <Params, Query, Body>(route: Route<Params, Query, Body>): AnyRoute => route;
