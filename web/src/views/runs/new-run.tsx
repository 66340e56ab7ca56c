import { useState } from 'react';
import type { ApplicationsAnswer, ModelsAnswer, PlanAnswer, RunView, SceneView } from '../../api/answers.ts';
import { request } from '../../api/request.ts';
import { useAction } from '../../api/use-action.ts';
import { useResource } from '../../api/use-resource.ts';
import { boxesMeet, boxOf, type Box } from '../../map/camera.ts';
import { EmptyNotice, ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { PlanFacts } from './plan-facts.tsx';

interface NewRunProps {
  readonly scenes: readonly SceneView[];
  readonly area: Box | null;
  readonly onStarted: (run: RunView) => void;
}

/** Asks what to map, says what that costs, and starts it. */
export function NewRun({ scenes, area, onStarted }: NewRunProps) {
  const { data, problem, loading, reload } = useResource<ApplicationsAnswer>('/api/applications');
  const ready = data?.applications.filter(({ models }) => models > 0) ?? [];
  return (
    <section className="section" aria-labelledby="new-title">
      <h2 id="new-title">Map something</h2>
      {loading && <Waiting>Reading the applications …</Waiting>}
      {problem !== null && <ProblemNotice problem={problem} onRetry={reload} />}
      {data !== null && ready.length === 0 && (
        <EmptyNotice
          title={data.applications.length === 0 ? 'Nothing to map yet' : 'No model yet'}
          commands={
            data.applications.length === 0
              ? ['resflow app create buildings --class building --gsd 0.3']
              : data.applications.map(({ name }) => `resflow model train ${name} --mono`)
          }
        >
          {data.applications.length === 0
            ? 'An application says what to map: its classes and its resolution.'
            : 'A run needs a model: train one, or import one.'}
        </EmptyNotice>
      )}
      {ready.length > 0 && (
        <NewRunForm
          applications={ready.map(({ name }) => name)}
          scenes={scenes}
          area={area}
          onStarted={onStarted}
        />
      )}
    </section>
  );
}

interface FormProps extends NewRunProps {
  readonly applications: readonly string[];
}

function NewRunForm({ applications, scenes, area, onStarted }: FormProps) {
  const [application, setApplication] = useState(applications[0] ?? '');
  const [model, setModel] = useState('mono');
  const [only, setOnly] = useState('');
  const [plan, setPlan] = useState<PlanAnswer | null>(null);
  const { busy, problem, act } = useAction();
  const models = useResource<ModelsAnswer>(`/api/applications/${application}/models`);
  const touched = area === null ? scenes : scenes.filter(({ bbox }) => boxesMeet(boxOf(bbox), area));
  const wanted = only === '' ? touched.map(({ id }) => id) : [only];
  const whole = only === '' && touched.length === scenes.length;
  const body = { application, model, scenes: whole ? 'all' : wanted };
  const forget = (): void => setPlan(null);
  const check = (): void =>
    act(async () => setPlan(await request<PlanAnswer>('/api/runs/plan', { method: 'POST', body })));
  const start = (): void =>
    act(async () => onStarted(await request<RunView>('/api/runs', { method: 'POST', body })));
  return (
    <form
      className="section"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <label className="field">
        Application
        <select
          value={application}
          onChange={({ target }) => {
            setApplication(target.value);
            setModel('mono');
            forget();
          }}
        >
          {applications.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="field">
        Model
        <select
          value={model}
          onChange={({ target }) => {
            setModel(target.value);
            forget();
          }}
        >
          <option value="mono">one model for everything (Mono, the newest)</option>
          {(models.data?.galleries.length ?? 0) > 0 && (
            <option value="gallery">each bucket by its own (gallery, the newest)</option>
          )}
          {models.data?.models.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        Scenes
        <select
          value={only}
          onChange={({ target }) => {
            setOnly(target.value);
            forget();
          }}
        >
          <option value="">
            {area === null ? `all ${scenes.length}` : `the ${touched.length} that the area touches`}
          </option>
          {touched.map(({ id, place }) => (
            <option key={id} value={id}>
              {id} ({place})
            </option>
          ))}
        </select>
      </label>
      <div className="actions">
        <button type="button" disabled={busy || wanted.length === 0} onClick={check}>
          What would it cost?
        </button>
        <button type="submit" className="primary" disabled={busy || wanted.length === 0}>
          Start
        </button>
      </div>
      {busy && <Waiting>Asking the server; the model may be run once to measure it …</Waiting>}
      {problem !== null && <ProblemNotice problem={problem} />}
      {plan !== null && <PlanFacts plan={plan} />}
    </form>
  );
}
