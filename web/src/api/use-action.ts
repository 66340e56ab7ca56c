import { useState } from 'react';
import type { Problem } from '../../../src/server/problem.ts';
import { problemOf } from './problem.ts';

/** Something that is asked of the server: whether it is under way, and why it was refused. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const act = (work: () => Promise<void>): void => {
    setBusy(true);
    setProblem(null);
    work()
      .catch((error: unknown) => setProblem(problemOf(error)))
      .finally(() => setBusy(false));
  };
  return { busy, problem, act };
}
