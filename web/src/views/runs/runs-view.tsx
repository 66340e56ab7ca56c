import { useCallback } from 'react';
import type { RunView, ScenesAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { AreaTools } from '../../map/area-tools.tsx';
import { boxOf, boxText, firstView, parseBox } from '../../map/camera.ts';
import { Footprints } from '../../map/footprints.tsx';
import { parseLayers } from '../../map/layer-list.ts';
import { MapStage } from '../../map/map-stage.tsx';
import { EmptyNotice, ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { Link } from '../../shell/link.tsx';
import type { ViewProps } from '../../shell/view-props.ts';
import { hasMap } from '../../state/shown-run.ts';
import { addressOf, goTo, useUrlState } from '../../state/url-state.ts';
import { MapLayers } from '../map/map-layers.tsx';
import { NewRun } from './new-run.tsx';
import { RegionLayer } from './region-layer.tsx';
import { RunCard } from './run-card.tsx';
import { RunList } from './run-list.tsx';
import { useLiveRegions } from './use-live-regions.ts';
import { useLiveRuns } from './use-live-runs.ts';

const NO_SCENES: ScenesAnswer['scenes'] = [];

/** Runs as they go: regions fill in on the map while they are done. */
export function RunsView({ dark }: ViewProps) {
  const [url, change] = useUrlState();
  const { runs, problem, loading, reload, put, live } = useLiveRuns();
  const { data: found } = useResource<ScenesAnswer>('/api/scenes');
  const scenes = found?.scenes ?? NO_SCENES;
  const starting = url.get('new') !== null;
  const wanted = url.get('run');
  const run = starting ? null : (runs?.find(({ id }) => id === wanted) ?? runs?.[0] ?? null);
  const area = parseBox(url.get('area'));
  const regions = useLiveRegions(run);
  const named = run?.scenes.map(({ scene }) => scene) ?? null;
  const extent = firstView(
    scenes.filter(({ id }) => named?.includes(id) ?? true).map(({ bbox }) => boxOf(bbox)),
  );
  const onMove = useCallback((at: string) => change({ at }, { replace: true }), [change]);
  const started = (made: RunView): void => {
    put(made);
    goTo(addressOf('runs', { run: made.id }));
  };
  const shown = parseLayers(null, run !== null && hasMap(run) ? ['imagery', 'class'] : ['imagery']);
  return (
    <div className="split">
      <div className="panel">
        <header className="with-close">
          <h1>Runs</h1>
          {starting ? (
            <Link to={addressOf('runs')}>Back to the runs</Link>
          ) : (
            <Link to={addressOf('runs', { new: '1' }, ['at', 'area'])} className="button">
              New run
            </Link>
          )}
          <p className="quiet" role="status">
            {live ? 'Live: changes appear by themselves.' : 'Not connected: trying again.'}
          </p>
        </header>
        {problem !== null && <ProblemNotice problem={problem} onRetry={reload} />}
        {runs === null && loading && <Waiting>Reading the runs …</Waiting>}
        {starting && <NewRun scenes={scenes} area={area} onStarted={started} />}
        {runs?.length === 0 && !starting && (
          <EmptyNotice title="No runs yet" commands={['resflow map run APP --all']}>
            A run maps scenes by a model. Start one here with <em>New run</em>, or on the command line; it
            appears here either way.
          </EmptyNotice>
        )}
        {run !== null && <RunCard key={run.id} run={run} regions={regions} area={area} onRun={put} />}
        {runs !== null && runs.length > 0 && !starting && (
          <section className="section" aria-labelledby="all-runs">
            <h2 id="all-runs">All runs</h2>
            <RunList runs={runs} current={run?.id ?? null} />
          </section>
        )}
      </div>
      <div className="stage">
        <MapStage
          key={run?.id ?? 'new'}
          label="Map of the run"
          dark={dark}
          at={url.get('at')}
          extent={extent}
          onMove={onMove}
        >
          <MapLayers run={run !== null && hasMap(run) ? run : null} scenes={scenes} shown={shown} />
          <Footprints scenes={scenes} dark={dark} />
          <RegionLayer regions={regions} dark={dark} />
          <AreaTools
            area={area}
            dark={dark}
            onArea={(box) => change({ area: box === null ? null : boxText(box) })}
          />
        </MapStage>
      </div>
    </div>
  );
}
