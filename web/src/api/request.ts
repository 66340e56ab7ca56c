import { accessHeaders, askForKey } from './access-key.ts';
import { ProblemError, problemOfAnswer } from './problem.ts';

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Asks the server; the parsed JSON of its answer. Throws ProblemError where it refuses. `Answer` is the route's schema. */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const answer = await send(path, options);
  return (answer.status === 204 ? undefined : await answer.json()) as Answer;
}

/** The same for answers that are no JSON. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, signal } = options;
  const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(path, {
    method,
    headers: { accept: 'application/json', ...content, ...accessHeaders() },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.ok) return answer;
  if (answer.status === 401) askForKey();
  throw new ProblemError(await problemOfAnswer(answer));
}
