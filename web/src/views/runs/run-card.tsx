import type { Region, RunView } from '../../api/answers.ts';
import { request } from '../../api/request.ts';
import { useAction } from '../../api/use-action.ts';
import { boxText, type Box } from '../../map/camera.ts';
import { count, duration, percent } from '../../parts/format.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Link } from '../../shell/link.tsx';
import { addressOf } from '../../state/url-state.ts';
import { hasMap } from '../../state/shown-run.ts';
import { Failures } from './failures.tsx';
import { countStates, REGION_COLOURS, REGION_NAMES } from './region-colours.ts';
import { finishedShare, isAtWork, STATUS_BADGES, STATUS_NAMES } from './run-status.ts';

interface RunCardProps {
  readonly run: RunView;
  readonly regions: ReadonlyMap<string, Region>;
  readonly area: Box | null;
  readonly onRun: (run: RunView) => void;
}

/** One run: how far it is, how fast, what failed, and what can be done with it. */
export function RunCard({ run, regions, area, onRun }: RunCardProps) {
  const { busy, problem, act } = useAction();
  const ask = (what: 'pause' | 'resume' | 'cancel') => (): void =>
    act(async () => onRun(await request<RunView>(`/api/runs/${run.id}/${what}`, { method: 'POST' })));
  const prefer = (box: Box): void =>
    act(() => request(`/api/runs/${run.id}/priority`, { method: 'PUT', body: { bbox: box } }));
  const share = finishedShare(run);
  const active = isAtWork(run);
  const resumable = ['interrupted', 'failed', 'cancelled'].includes(run.status);
  return (
    <section className="section" aria-labelledby="run-title">
      <header>
        <h2 id="run-title">
          {run.application} <span className={STATUS_BADGES[run.status]}>{STATUS_NAMES[run.status]}</span>
        </h2>
        <p className="quiet figures">{run.id}</p>
      </header>
      <div
        className="bar"
        role="progressbar"
        aria-label="Regions finished"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * share)}
      >
        <span style={{ width: `${100 * share}%` }} />
      </div>
      <dl className="facts" aria-live="off">
        <dt>Regions</dt>
        <dd>
          {count(run.tasks.done + run.tasks.reused)} of {count(run.tasks.planned)} ({percent(share)})
        </dd>
        <dt>Rate</dt>
        <dd>{run.megapixelsPerSecond > 0 ? `${run.megapixelsPerSecond.toFixed(2)} megapixels/s` : '–'}</dd>
        {active && (
          <>
            <dt>Time left</dt>
            <dd>{duration(run.secondsLeft)}</dd>
          </>
        )}
        <dt>Time</dt>
        <dd>{duration(run.seconds)}</dd>
        <dt>Memory</dt>
        <dd>{count(Math.round(run.peakMemoryMiB))} MiB at most</dd>
        <dt>Model</dt>
        <dd>{run.gallery ?? run.model?.id ?? '–'}</dd>
      </dl>
      <RegionKey regions={regions} />
      {run.error !== null && run.error.code !== 'INTERRUPTED' && <RunError error={run.error} />}
      <Failures run={run} busy={busy} onRetry={ask('resume')} />
      {problem !== null && <ProblemNotice problem={problem} />}
      <div className="actions">
        {active && (
          <button type="button" disabled={busy} onClick={ask('pause')}>
            Pause
          </button>
        )}
        {resumable && (
          <button type="button" className="primary" disabled={busy} onClick={ask('resume')}>
            Go on
          </button>
        )}
        {(active || run.status === 'interrupted') && (
          <button type="button" disabled={busy} onClick={ask('cancel')}>
            Cancel for good
          </button>
        )}
      </div>
      {active && (
        <div className="actions">
          <button
            type="button"
            disabled={busy || area === null}
            onClick={() => area !== null && prefer(area)}
          >
            Do this area first
          </button>
          <span className="quiet">
            {area === null ? 'Draw an area on the map to have it done first.' : boxText(area)}
          </span>
        </div>
      )}
      {hasMap(run) && (
        <ul className="list links">
          <li>
            <Link to={addressOf('map', { run: run.id }, ['at'])}>Look at the map</Link>
          </li>
          <li>
            <Link to={addressOf('report', { run: run.id })}>How good is it?</Link>
          </li>
        </ul>
      )}
    </section>
  );
}

function RegionKey({ regions }: { regions: ReadonlyMap<string, Region> }) {
  const counts = countStates(regions.values());
  const states = (['done', 'reused', 'begun', 'failed', 'waiting'] as const).filter(
    (state) => counts[state] > 0,
  );
  return (
    <ul className="legend">
      {states.map((state) => (
        <li key={state}>
          <span
            className="swatch"
            style={{ background: state === 'waiting' ? 'transparent' : REGION_COLOURS[state] }}
          />
          {counts[state]} {REGION_NAMES[state]}
        </li>
      ))}
    </ul>
  );
}

function RunError({ error }: { error: NonNullable<RunView['error']> }) {
  const { code, message, hint } = error;
  return (
    <ProblemNotice
      problem={{
        type: 'about:blank',
        title: 'The run stopped',
        status: 0,
        detail: message,
        code,
        hint,
        context: {},
      }}
    />
  );
}
