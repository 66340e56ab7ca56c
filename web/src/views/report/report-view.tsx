import type { Evaluation, RunsAnswer, ScenesAnswer } from '../../api/answers.ts';
import { request } from '../../api/request.ts';
import { useAction } from '../../api/use-action.ts';
import { useResource } from '../../api/use-resource.ts';
import { EmptyNotice, ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { RunChoice } from '../../parts/run-choice.tsx';
import { hasMap, shownRun } from '../../state/shown-run.ts';
import { useUrlState } from '../../state/url-state.ts';
import { ReportBody } from './report-body.tsx';

/** How good the maps of a run are, and where they are worst. */
export function ReportView() {
  const [url, change] = useUrlState();
  const runs = useResource<RunsAnswer>('/api/runs');
  const scenes = useResource<ScenesAnswer>('/api/scenes');
  const mapped = runs.data?.runs.filter(hasMap) ?? [];
  const run = shownRun(mapped, url.get('run'));
  const evaluation = useResource<Evaluation>(run === null ? null : `/api/runs/${run.id}/evaluation`);
  const { busy, problem: refused, act } = useAction();
  const evaluate = (id: string): void =>
    act(async () => {
      await request(`/api/runs/${id}/evaluation`, { method: 'POST' });
      evaluation.reload();
    });
  const missing = evaluation.problem?.code === 'NO_EVALUATION';
  const problem = runs.problem ?? (missing ? null : evaluation.problem);
  return (
    <div className="pages">
      <div className="column">
        <header className="top">
          <h1>Report</h1>
          {mapped.length > 0 && (
            <div className="narrow">
              <RunChoice runs={mapped} run={run?.id ?? null} onRun={(id) => change({ run: id })} />
            </div>
          )}
        </header>
        {problem !== null && <ProblemNotice problem={problem} onRetry={evaluation.reload} />}
        {(runs.loading || evaluation.loading) && evaluation.data === null && (
          <Waiting>Reading the evaluation …</Waiting>
        )}
        {runs.data !== null && mapped.length === 0 && (
          <EmptyNotice title="No map to judge yet" commands={['resflow map run APP --all']}>
            Once a run has mapped scenes that have labels, it can be evaluated.
          </EmptyNotice>
        )}
        {run !== null && missing && (
          <div className="notice">
            <h3>This run was not evaluated yet</h3>
            <p>Its maps are compared with the labels of its scenes; of large scenes this takes minutes.</p>
            <div className="actions">
              <button type="button" className="primary" disabled={busy} onClick={() => evaluate(run.id)}>
                Evaluate it now
              </button>
              <code className="quiet">resflow map evaluate {run.id}</code>
            </div>
            {busy && <Waiting>Comparing maps with labels …</Waiting>}
            {refused !== null && <ProblemNotice problem={refused} />}
          </div>
        )}
        {evaluation.data !== null && run !== null && (
          <ReportBody evaluation={evaluation.data} run={run} scenes={scenes.data?.scenes ?? []} />
        )}
      </div>
    </div>
  );
}
