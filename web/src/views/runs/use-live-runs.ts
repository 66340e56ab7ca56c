import { useCallback, useMemo, useState } from 'react';
import type { RunsAnswer, RunView } from '../../api/answers.ts';
import { useLive } from '../../api/live.ts';
import type { ServerEvent } from '../../api/read-events.ts';
import { useResource } from '../../api/use-resource.ts';

const NONE: ReadonlyMap<string, RunView> = new Map();

/** The runs as they are now, newest first; `live` where changes come by themselves. */
export function useLiveRuns() {
  const { data, problem, loading, reload } = useResource<RunsAnswer>('/api/runs');
  /** What was told since the list was read. */
  const [told, setTold] = useState(NONE);
  const put = useCallback((run: RunView) => setTold((before) => new Map(before).set(run.id, run)), []);
  const onEvent = useCallback(
    ({ type, data: text }: ServerEvent) => {
      if (type === 'run') put(JSON.parse(text) as RunView);
      if (type !== 'reset') return;
      setTold(NONE);
      reload();
    },
    [put, reload],
  );
  const live = useLive(onEvent);
  const runs = useMemo(() => {
    if (data === null) return null;
    const byId = new Map([...data.runs.map((run) => [run.id, run] as const), ...told]);
    return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }, [data, told]);
  return { runs, problem, loading, reload, put, live };
}
