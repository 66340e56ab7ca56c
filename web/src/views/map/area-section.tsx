import type { RunView, SceneView } from '../../api/answers.ts';
import { boxKm2, boxText, type Box } from '../../map/camera.ts';
import { areaText } from '../../parts/format.ts';
import { Link } from '../../shell/link.tsx';
import { addressOf } from '../../state/url-state.ts';
import type { LiveChoice } from './live-choice.ts';
import { PredictArea } from './predict-area.tsx';

interface AreaSectionProps {
  readonly area: Box;
  readonly run: RunView | null;
  readonly scenes: readonly SceneView[];
  /** Which model is asked; null where there is none. */
  readonly by: Pick<LiveChoice, 'application' | 'model'> | null;
}

/** What can be done with the area that was drawn. */
export function AreaSection({ area, run, scenes, by }: AreaSectionProps) {
  const middle = `${((area[0] + area[2]) / 2).toFixed(6)},${((area[1] + area[3]) / 2).toFixed(6)}`;
  const unfinished = run !== null && run.status !== 'done' && run.status !== 'cancelled';
  return (
    <section className="section" aria-labelledby="area-title">
      <h2 id="area-title">Area</h2>
      <p className="quiet figures">
        {areaText(1e6 * boxKm2(area))}, {boxText(area)}
      </p>
      {by !== null && <PredictArea key={boxText(area)} area={area} scenes={scenes} by={by} />}
      <ul className="list links">
        {unfinished && (
          <li>
            <Link to={addressOf('runs', { run: run.id, area: boxText(area) })}>Have it mapped first</Link>
          </li>
        )}
        <li>
          <Link to={addressOf('gallery', { like: middle, area: boxText(area) })}>Find ground like it</Link>
        </li>
        <li>
          <Link to={addressOf('runs', { new: '1', area: boxText(area) })}>Map the scenes it touches</Link>
        </li>
      </ul>
    </section>
  );
}
