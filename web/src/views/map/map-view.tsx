import { useCallback, useMemo } from 'react';
import type { RunsAnswer, ScenesAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { AreaTools } from '../../map/area-tools.tsx';
import { boxOf, boxText, firstView, parseBox } from '../../map/camera.ts';
import { ExplainCentre } from '../../map/explain-centre.tsx';
import { Footprints } from '../../map/footprints.tsx';
import { LAYERS, layersText, parseLayers, type LayerName } from '../../map/layer-list.ts';
import { MapStage } from '../../map/map-stage.tsx';
import { Swipe } from '../../map/swipe.tsx';
import { EmptyNotice, ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { RunChoice } from '../../parts/run-choice.tsx';
import type { ViewProps } from '../../shell/view-props.ts';
import { hasMap, layersOf, shownRun } from '../../state/shown-run.ts';
import { useUrlState } from '../../state/url-state.ts';
import { AreaSection } from './area-section.tsx';
import { CompareSection } from './compare-section.tsx';
import { ExplainedPlace } from './explained-place.tsx';
import { LayerRows } from './layer-rows.tsx';
import { Legends } from './legends.tsx';
import { liveText, parseLive } from './live-choice.ts';
import { LiveLayers } from './live-layers.tsx';
import { LiveSection } from './live-section.tsx';
import { MapLayers } from './map-layers.tsx';
import { PlaceMarks } from './place-marks.tsx';
import { SceneChoice } from './scene-choice.tsx';
import { useObjectAt } from './use-object-at.ts';

/** Imagery and maps, one over the other; click on a place, and it says why it is what it is. */
export function MapView({ dark }: ViewProps) {
  const [url, change] = useUrlState();
  const scenes = useResource<ScenesAnswer>('/api/scenes');
  const runs = useResource<RunsAnswer>('/api/runs');
  const all = useMemo(() => scenes.data?.scenes ?? [], [scenes.data]);
  const withMaps = runs.data?.runs.filter(hasMap) ?? [];
  const run = shownRun(withMaps, url.get('run'));
  const available = useMemo<LayerName[]>(() => {
    const names = layersOf(run);
    // Errors are drawn from the labels that the run was compared with.
    const compared = run?.evaluated === true;
    return LAYERS.map(({ name }) => name).filter(
      (name) => name === 'imagery' || names.includes(name) || (name === 'error' && compared),
    );
  }, [run]);
  const usual: readonly LayerName[] = run === null ? ['imagery'] : ['imagery', 'class'];
  const shown = parseLayers(url.get('layers'), usual).filter(({ name }) => available.includes(name));
  const compared = parseLayers(url.get('compare'), []).filter(({ name }) => available.includes(name));
  const share = Number(url.get('swipe') ?? 50) / 100;
  const area = parseBox(url.get('area'));
  const place = parsePlace(url.get('place'));
  const extent = useMemo(() => {
    const named = run?.scenes.map(({ scene }) => scene);
    const own = all.filter(({ id }) => named?.includes(id) ?? true);
    return firstView(own.map(({ bbox }) => boxOf(bbox)));
  }, [all, run]);
  const onMove = useCallback((at: string) => change({ at }, { replace: true }), [change]);
  const explain = useCallback(
    ([lon, lat]: [number, number]) => change({ place: `${lon.toFixed(6)},${lat.toFixed(6)}` }),
    [change],
  );
  const { object, found: objects } = useObjectAt(run, place);
  const live = parseLive(url.get('live'));
  const by = live ?? (run === null ? null : { application: run.application, model: 'mono' });
  const problem = scenes.problem ?? runs.problem;
  return (
    <div className="split">
      <div className="panel">
        <header>
          <h1>Map</h1>
        </header>
        {problem !== null && (
          <ProblemNotice
            problem={problem}
            onRetry={() => {
              scenes.reload();
              runs.reload();
            }}
          />
        )}
        {scenes.data === null && scenes.loading && <Waiting>Reading the scenes …</Waiting>}
        {scenes.data !== null && all.length === 0 && (
          <EmptyNotice title="No scenes yet" commands={['resflow scene add IMAGE.tif --place PLACE']}>
            A workspace begins with images. They are read where they are, and appear here.
          </EmptyNotice>
        )}
        {all.length > 0 && (
          <>
            {run !== null && place !== null && (
              <ExplainedPlace
                key={url.get('place')}
                run={run}
                scenes={all}
                place={place}
                object={object}
                objects={objects}
                onClose={() => change({ place: null })}
              />
            )}
            <section className="section" aria-label="Layers">
              {withMaps.length > 0 && (
                <RunChoice
                  runs={withMaps}
                  run={run?.id ?? null}
                  none="none, imagery only"
                  onRun={(id) => change({ run: id ?? 'none' })}
                />
              )}
              <LayerRows
                available={available}
                shown={shown}
                onShown={(next, options) => change({ layers: layersText(next) }, options)}
              />
              {runs.data !== null && withMaps.length === 0 && (
                <EmptyNotice title="No map yet" commands={['resflow map run APP --all']}>
                  The imagery is here; a run maps it. It can also be started under Runs.
                </EmptyNotice>
              )}
            </section>
            {run !== null && (
              <section className="section" aria-label="Legends">
                <Legends run={run} shown={shown} />
              </section>
            )}
            <SceneChoice scenes={all} run={run} onAt={(at) => change({ at })} />
            {area !== null && <AreaSection area={area} run={run} scenes={all} by={by} />}
            <LiveSection
              live={live}
              scenes={all}
              onLive={(next) => change({ live: next === null ? null : liveText(next) })}
            />
            <CompareSection
              available={available}
              compared={compared[0]?.name ?? null}
              onCompared={(name) => change({ compare: name, swipe: name === null ? null : '50' })}
            />
          </>
        )}
      </div>
      <div className="stage">
        <MapStage
          label="Map of the scenes"
          dark={dark}
          at={url.get('at')}
          extent={extent}
          onMove={onMove}
          {...(run === null ? {} : { onClick: explain })}
        >
          <MapLayers run={run} scenes={all} shown={shown} />
          {live !== null && <LiveLayers live={live} scenes={all} />}
          <Footprints scenes={all} dark={dark} />
          <PlaceMarks place={place} object={object} dark={dark} />
          {compared.length > 0 && (
            <Swipe
              dark={dark}
              share={Number.isFinite(share) ? share : 0.5}
              onShare={(next) => change({ swipe: String(Math.round(100 * next)) }, { replace: true })}
            >
              <MapLayers run={run} scenes={all} shown={compared.map(({ name }) => ({ name, opacity: 1 }))} />
            </Swipe>
          )}
          <AreaTools
            area={area}
            dark={dark}
            onArea={(box) => change({ area: box === null ? null : boxText(box) })}
          />
          {run !== null && <ExplainCentre onPlace={explain} />}
        </MapStage>
      </div>
    </div>
  );
}

function parsePlace(text: string | null): [number, number] | null {
  const [lon, lat] = (text ?? '').split(',').map(Number);
  if (lon === undefined || lat === undefined || !Number.isFinite(lon + lat)) return null;
  return [lon, lat];
}
