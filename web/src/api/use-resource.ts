import { useCallback, useEffect, useState } from 'react';
import type { Problem } from '../../../src/server/problem.ts';
import { problemOf } from './problem.ts';
import { request } from './request.ts';

export interface Resource<Answer> {
  /** What was last read of this address. */
  readonly data: Answer | null;
  readonly problem: Problem | null;
  readonly loading: boolean;
  /** Reads it again; what is shown stays until then. */
  readonly reload: () => void;
}

interface Held<Answer> {
  readonly path: string | null;
  readonly data: Answer | null;
  readonly problem: Problem | null;
}

/** What stands at an address of the server; null asks for nothing. An answer that comes too late is dropped. */
export function useResource<Answer>(path: string | null): Resource<Answer> {
  const [turn, setTurn] = useState(0);
  const [held, setHeld] = useState<Held<Answer>>({ path: null, data: null, problem: null });
  const [settled, setSettled] = useState(-1);
  useEffect(() => {
    if (path === null) return undefined;
    const ending = new AbortController();
    request<Answer>(path, { signal: ending.signal })
      .then((data) => setHeld({ path, data, problem: null }))
      .catch((error: unknown) => {
        if (ending.signal.aborted) return;
        const problem = problemOf(error);
        setHeld((before) => ({ path, data: before.path === path ? before.data : null, problem }));
      })
      .finally(() => setSettled(turn));
    return () => ending.abort();
  }, [path, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const current = held.path === path && path !== null;
  return {
    data: current ? held.data : null,
    problem: current ? held.problem : null,
    loading: path !== null && (!current || settled < turn),
    reload,
  };
}
