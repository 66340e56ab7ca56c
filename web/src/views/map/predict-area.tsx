import { useState } from 'react';
import type { PredictAnswer, SceneView } from '../../api/answers.ts';
import { request } from '../../api/request.ts';
import { useAction } from '../../api/use-action.ts';
import { boxOf, type Box } from '../../map/camera.ts';
import { sharedArea } from '../../map/use-scenes-in-view.ts';
import { areaText, percent } from '../../parts/format.ts';
import { ProblemNotice, Waiting } from '../../parts/notice.tsx';
import type { LiveChoice } from './live-choice.ts';

interface PredictAreaProps {
  readonly area: Box;
  readonly scenes: readonly SceneView[];
  readonly by: Pick<LiveChoice, 'application' | 'model'>;
}

/** Asks a model what is in the area, on the scene that shows most of it: no run is needed. */
export function PredictArea({ area, scenes, by }: PredictAreaProps) {
  const [found, setFound] = useState<PredictAnswer | null>(null);
  const { busy, problem, act } = useAction();
  const [scene] = scenes
    .map(({ id, bbox }) => ({ id, shared: overlap(boxOf(bbox), area) }))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared);
  if (scene === undefined) return <p className="quiet">No scene shows this area.</p>;
  const { application, model } = by;
  const ask = (): void =>
    act(async () => {
      const body = { application, model, scene: scene.id, bbox: area };
      setFound(await request<PredictAnswer>('/api/predict', { method: 'POST', body }));
    });
  return (
    <>
      <div className="actions">
        <button type="button" disabled={busy} onClick={ask}>
          What is in it?
        </button>
        <span className="quiet">
          asks {application} ({model}) of {scene.id}
        </span>
      </div>
      {busy && <Waiting>Predicting …</Waiting>}
      {problem !== null && <ProblemNotice problem={problem} />}
      {found !== null && (
        <dl className="facts" aria-live="polite">
          {found.classes.map(({ value, name, colour, pixels, areaM2 }) => (
            <div key={value} className="row">
              <dt>
                <span className="swatch inline" style={{ background: colour }} /> {name}
              </dt>
              <dd>
                {areaText(areaM2)}, {percent(pixels / Math.max(1, found.validPixels))}
              </dd>
            </div>
          ))}
          <dt>Confidence</dt>
          <dd>{percent(found.meanConfidence)} in the mean</dd>
        </dl>
      )}
    </>
  );
}

const overlap = (a: Box, b: Box): number =>
  a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3] ? sharedArea(a, b) : 0;
