import type { RunView } from '../../api/answers.ts';
import { boxKm2, boxText, type Box } from '../../map/camera.ts';
import { Link } from '../../shell/link.tsx';
import { addressOf } from '../../state/url-state.ts';

/** What can be done with the area that was drawn. */
export function AreaSection({ area, run }: { area: Box; run: RunView | null }) {
  const km2 = boxKm2(area);
  const middle = `${((area[0] + area[2]) / 2).toFixed(6)},${((area[1] + area[3]) / 2).toFixed(6)}`;
  const unfinished = run !== null && run.status !== 'done' && run.status !== 'cancelled';
  return (
    <section className="section" aria-labelledby="area-title">
      <h2 id="area-title">Area</h2>
      <p className="quiet figures">
        {km2 < 1 ? `${(100 * km2).toFixed(2)} ha` : `${km2.toFixed(1)} km²`}, {boxText(area)}
      </p>
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
