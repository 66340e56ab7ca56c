import type { Problem } from '../../../src/server/problem.ts';

/** What the server, or the way to it, says went wrong. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

const ownProblem = (code: string, title: string, detail: string, hint: string): Problem => ({
  type: 'about:blank',
  title,
  status: 0,
  detail,
  code,
  hint,
  context: {},
});

/** Any thrown thing as a problem that can be shown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  if (thrown instanceof TypeError) {
    return ownProblem(
      'NO_SERVER',
      'The server does not answer',
      'The request did not reach it; it may have been stopped.',
      'Start `resflow serve` again, then try once more.',
    );
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return ownProblem('PAGE_DEFECT', 'The page met a defect of its own', detail, 'Reload the page.');
}

/** The problem document of an answer that is not good; of something else in its place, what can be told. */
export async function problemOfAnswer(answer: Response): Promise<Problem> {
  const document = (await answer.json().catch(() => null)) as Partial<Problem> | null;
  const own = ownProblem(
    `HTTP_${answer.status}`,
    `The server answered ${answer.status}`,
    `${answer.url}: ${answer.statusText || 'no reason given'}.`,
    'The log of `resflow serve` may say more.',
  );
  return { ...own, ...document, status: answer.status };
}
