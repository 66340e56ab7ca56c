import type { FastifyError } from 'fastify';
import { z } from 'zod';
import { ERROR_FAMILIES, ResflowError, toResflowError, type ErrorContext } from '../core/errors.ts';

/** A problem document (RFC 9457), with our own `code`, `hint` and `context`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string().nullable(),
  context: z.record(z.string(), z.unknown()),
});
export type Problem = z.infer<typeof problemSchema>;

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is wrong',
  401: 'An access key is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not allowed here',
  406: 'No such form',
  409: 'It does not fit the present state',
  413: 'The request is too large',
  414: 'The address is too long',
  415: 'No such kind of content',
  416: 'No such part',
  422: 'The data cannot be used',
  429: 'Too many requests',
  431: 'The headers are too large',
  499: 'The client went away',
  500: 'A defect of the server',
  503: 'Busy',
  507: 'Something is too small or missing',
};

/** An error with a status of its own, for what only exists over HTTP. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;
  readonly context: ErrorContext;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: { hint?: string; context?: ErrorContext; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = details.hint ?? null;
    this.context = details.context ?? {};
    this.headers = details.headers ?? {};
  }
}

export const badRequest = (code: string, message: string, hint?: string): HttpError =>
  new HttpError(400, code, message, hint === undefined ? {} : { hint });
export const notFound = (code: string, message: string, hint?: string): HttpError =>
  new HttpError(404, code, message, hint === undefined ? {} : { hint });

const makeProblem = (
  status: number,
  fields: { code: string; detail: string; hint: string | null; context: Record<string, unknown> },
): Problem => ({ type: 'about:blank', title: TITLES[status] ?? 'A problem', status, ...fields });

/** What is told of an error. Of a defect nothing but that it is one: its message may name files. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof HttpError) {
    const { status, code, message: detail, hint, context } = thrown;
    return makeProblem(status, { code, detail, hint, context: { ...context } });
  }
  const status = frameworkStatus(thrown);
  if (status !== null && thrown instanceof Error) {
    const { code } = thrown as FastifyError;
    return makeProblem(status, { code, detail: thrown.message, hint: null, context: {} });
  }
  const error = toResflowError(thrown);
  if (error.family === 'internal') {
    return makeProblem(500, {
      code: error.code,
      detail: 'The server met a defect of its own.',
      hint: "Its log says more. Please report it with the log's lines.",
      context: {},
    });
  }
  const { code, message: detail, hint, context } = error.toJSON();
  return makeProblem(statusOf(error), { code, detail, hint, context: { ...context } });
}

/** Of records and places that are asked for and are not there, whatever the family says. */
const MISSING =
  /^(NO_(SCENE|RUN|APPLICATION|MODEL|MODEL_GALLERY|GALLERY|LAYER|CHIP|CHIP_THERE|EVALUATION|OBJECTS|DATA_THERE)|NOT_ON_MAP)$/;

const statusOf = (error: ResflowError): number =>
  MISSING.test(error.code) ? 404 : ERROR_FAMILIES[error.family].httpStatus;

/** The 4xx of an error that Fastify itself raised (body too large, not JSON, ...); null for others. */
function frameworkStatus(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || thrown instanceof ResflowError) return null;
  const { statusCode, code } = thrown as FastifyError;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return null;
  return typeof code === 'string' ? statusCode : null;
}

/** Says which parts of a request a schema refused. */
export function describeIssues(part: string, error: z.ZodError): HttpError {
  const issues = error.issues.slice(0, 5).map(({ path, message }) => {
    const place = path.map(String).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  return badRequest('BAD_REQUEST', `The ${part} is wrong: ${issues.join('; ')}.`, 'See /api/openapi.json.');
}
