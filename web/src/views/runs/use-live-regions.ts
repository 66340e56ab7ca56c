import { useCallback, useMemo, useState } from 'react';
import type { Region, RegionsAnswer, RunView } from '../../api/answers.ts';
import { useLive } from '../../api/live.ts';
import type { ServerEvent } from '../../api/read-events.ts';
import { useResource } from '../../api/use-resource.ts';
import { isAtWork } from './run-status.ts';

type Change = Pick<Region, 'task' | 'state' | 'error'>;

interface RegionsEvent {
  readonly run: string;
  /** Somebody began to work on the run anew: what was told before counts no more. */
  readonly anew: boolean;
  readonly regions: readonly Change[];
}

interface Told {
  readonly run: string | null;
  readonly changes: ReadonlyMap<string, Change>;
}

/** The regions of a run by their tasks, as they are now. */
export function useLiveRegions(run: RunView | null): ReadonlyMap<string, Region> {
  const id = run?.id ?? null;
  // They are known once the run is planned, which the number in the address makes another question.
  const path = run === null ? null : `/api/runs/${run.id}/regions?planned=${run.tasks.planned}`;
  const { data, reload } = useResource<RegionsAnswer>(path);
  const [told, setTold] = useState<Told>({ run: null, changes: new Map() });
  const onEvent = useCallback(
    ({ type, data: text }: ServerEvent) => {
      const event = type === 'regions' ? (JSON.parse(text) as RegionsEvent) : null;
      if (event !== null && event.run !== id) return;
      if (event !== null)
        setTold((before) => {
          const kept = before.run === id && !event.anew ? before.changes : [];
          return {
            run: id,
            changes: new Map([...kept, ...event.regions.map((change) => [change.task, change] as const)]),
          };
        });
      if (type === 'reset') setTold({ run: id, changes: new Map() });
      if (type === 'reset' || event?.anew === true) reload();
    },
    [id, reload],
  );
  useLive(onEvent);
  return useMemo(
    () =>
      new Map(
        data?.regions.map((region) => {
          const change = told.run === id ? told.changes.get(region.task) : undefined;
          const now: Region = { ...region, ...change };
          // What a run was at when it stopped has to be done again.
          if (now.state === 'begun' && run !== null && !isAtWork(run))
            return [region.task, { ...now, state: 'waiting' }];
          // Of runs from before regions were recorded only this is known.
          if (run?.status === 'done' && now.state === 'waiting')
            return [region.task, { ...now, state: 'reused' }];
          return [region.task, now];
        }),
      ),
    [data, told, id, run],
  );
}
