import type { RunView } from '../../api/answers.ts';
import { counted, percent, timeText } from '../../parts/format.ts';
import { Link } from '../../shell/link.tsx';
import { addressOf } from '../../state/url-state.ts';
import { finishedShare, STATUS_BADGES, STATUS_NAMES } from './run-status.ts';

/** Runs, newest first. */
export function RunList({ runs, current }: { runs: readonly RunView[]; current: string | null }) {
  return (
    <ul className="list runs">
      {runs.map((run) => (
        <li key={run.id}>
          <Link to={addressOf('runs', { run: run.id })} current={run.id === current} className="run-row">
            <strong>{run.application}</strong>
            <span className={STATUS_BADGES[run.status]}>{STATUS_NAMES[run.status]}</span>
            <span className="quiet">
              {timeText(run.created)}, {counted(run.scenes.length, 'scene')},{' '}
              {run.gallery === null ? 'one model' : 'gallery'}
            </span>
            <span className="quiet number">{percent(finishedShare(run))}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
