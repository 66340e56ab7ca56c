import type { PlanAnswer } from '../../api/answers.ts';
import { count, duration } from '../../parts/format.ts';

/** What a run would do and cost, before it is started. */
export function PlanFacts({ plan }: { plan: PlanAnswer }) {
  const gibibytes = (mebibytes: number): string => `${(mebibytes / 1024).toFixed(1)} GiB`;
  return (
    <div className="notice" role="status">
      <h3>
        It would take {plan.unroutedScenes > 0 && 'at least '}
        {duration(plan.expectedSeconds)}
      </h3>
      {plan.unroutedScenes > 0 && (
        <p className="quiet">
          Which models map {count(plan.unroutedScenes)} of the scenes is found out on the way: they are not in
          the gallery.
        </p>
      )}
      <dl className="facts">
        <dt>Regions</dt>
        <dd>{count(plan.regions)}</dd>
        <dt>Pixels</dt>
        <dd>{(plan.pixelsWritten / 1e6).toFixed(1)} million</dd>
        <dt>Workers</dt>
        <dd>{plan.workers}</dd>
        <dt>Memory</dt>
        <dd>
          {gibibytes(plan.peakMemoryMiB)} of {gibibytes(plan.maxMemoryMiB)} allowed
        </dd>
        <dt>Disk</dt>
        <dd>{(plan.outputBytes / 1e6).toFixed(1)} MB</dd>
      </dl>
      {plan.refused.length > 0 && (
        <>
          <h3>{plan.refused.length} scenes do not fit the model</h3>
          <ul className="list">
            {plan.refused.slice(0, 5).map(({ scene, problems }) => (
              <li key={scene} className="quiet">
                {scene}: {problems.map(({ message }) => String(message)).join(' ')}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
