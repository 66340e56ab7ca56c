import type { ApplicationsAnswer, ModelsAnswer, SceneView, TileJson } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { Legend, Ramp } from '../../parts/legend.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { LIVE_LAYERS, liveTileJson, type LiveChoice } from './live-choice.ts';

interface LiveSectionProps {
  readonly live: LiveChoice | null;
  readonly scenes: readonly SceneView[];
  readonly onLive: (live: LiveChoice | null) => void;
}

/** Turns on predictions of what is in view, by a model that is chosen here. Nothing where there is no model. */
export function LiveSection({ live, scenes, onLive }: LiveSectionProps) {
  const { data } = useResource<ApplicationsAnswer>('/api/applications');
  const ready = data?.applications.filter(({ models }) => models > 0) ?? [];
  const application = ready.find(({ name }) => name === live?.application) ?? ready[0];
  if (application === undefined) return null;
  const start: LiveChoice = { application: application.name, model: 'mono', layer: 'class' };
  return (
    <section className="section" aria-label="Predictions">
      <label className="tick-box">
        <input
          type="checkbox"
          checked={live !== null}
          onChange={({ target }) => onLive(target.checked ? start : null)}
        />
        Predict what is in view
      </label>
      {live !== null && (
        <>
          <LiveForm live={live} applications={ready.map(({ name }) => name)} onLive={onLive} />
          {scenes[0] !== undefined && <LiveLegend live={live} scene={scenes[0].id} />}
          <p className="quiet">
            Zoom in until pixels are worth predicting; it fills in tile by tile, and runs come first.
          </p>
        </>
      )}
    </section>
  );
}

interface LiveFormProps {
  readonly live: LiveChoice;
  readonly applications: readonly string[];
  readonly onLive: (live: LiveChoice) => void;
}

function LiveForm({ live, applications, onLive }: LiveFormProps) {
  const { data } = useResource<ModelsAnswer>(`/api/applications/${live.application}/models`);
  const galleries = data?.galleries ?? [];
  const routed = live.model === 'gallery' || galleries.some(({ id }) => id === live.model);
  const layers = LIVE_LAYERS.filter(({ name }) => name !== 'bucket' || routed);
  return (
    <>
      {applications.length > 1 && (
        <label className="field">
          Application
          <select
            value={live.application}
            onChange={({ target }) => onLive({ application: target.value, model: 'mono', layer: 'class' })}
          >
            {applications.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <label className="field">
        By
        <select
          value={live.model}
          onChange={({ target }) => onLive({ ...live, model: target.value, layer: 'class' })}
        >
          <option value="mono">Mono, the newest</option>
          {galleries.length > 0 && <option value="gallery">the gallery of models, the newest</option>}
          {data?.models.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      </label>
      <label className="field">
        Show
        <select
          value={live.layer}
          onChange={({ target }) =>
            onLive({ ...live, layer: layers.find(({ name }) => name === target.value)?.name ?? 'class' })
          }
        >
          {layers.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function LiveLegend({ live, scene }: { live: LiveChoice; scene: string }) {
  const { data, problem } = useResource<TileJson>(liveTileJson(live, scene));
  if (problem !== null) return <ProblemNotice problem={problem} />;
  if (data?.legend !== undefined) return <Legend title="Predicted" entries={data.legend} />;
  return data?.ramp === undefined ? null : <Ramp title="Predicted" {...data.ramp} />;
}
