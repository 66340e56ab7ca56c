import type { ErrorEvent } from 'maplibre-gl';
import { useEffect, useState } from 'react';
import type { Problem } from '../../../src/server/problem.ts';
import { problemOf } from '../api/problem.ts';
import { send } from '../api/request.ts';
import { withCommands } from '../parts/notice.tsx';
import { useMap } from './map-context.ts';

/** The server was busy: the tiles are asked for once more after so long. */
const AGAIN_MS = 2000;
const BUSY = [429, 503];

/** Says why map tiles cannot be drawn; asks again for those that the server was too busy for. */
export function TileTrouble() {
  const map = useMap();
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (map === null) return undefined;
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    let asked = false;
    const askAgain = (source: string): void => {
      if (timers.has(source)) return;
      const again = (): void => {
        timers.delete(source);
        if (map.getSource(source) !== undefined) map.refreshTiles(source);
      };
      timers.set(source, setTimeout(again, AGAIN_MS));
    };
    const onError = (event: ErrorEvent): void => {
      const { status, url } = event.error as Error & { status?: number; url?: string };
      const { sourceId } = event as { sourceId?: string };
      if (status !== undefined && BUSY.includes(status) && sourceId !== undefined) askAgain(sourceId);
      else if (url !== undefined && !asked) {
        asked = true;
        // The picture's request gave its reason to nobody; asked for again, it does.
        send(url).catch((error: unknown) => setProblem(problemOf(error)));
      }
    };
    const subscription = map.on('error', onError);
    return () => {
      subscription.unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
    };
  }, [map]);
  if (problem === null) return null;
  return (
    <div className="map-note" role="status">
      <strong>Some map tiles are missing.</strong> {problem.detail}{' '}
      {problem.hint !== null && withCommands(problem.hint)}
    </div>
  );
}
