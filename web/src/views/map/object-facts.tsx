import type { ObjectFeature, ObjectsAnswer, RunView } from '../../api/answers.ts';
import { request } from '../../api/request.ts';
import { useAction } from '../../api/use-action.ts';
import type { Resource } from '../../api/use-resource.ts';
import { areaText, percent } from '../../parts/format.ts';
import { ProblemNotice, Waiting } from '../../parts/notice.tsx';

interface ObjectFactsProps {
  readonly run: RunView;
  readonly object: ObjectFeature | null;
  readonly found: Resource<ObjectsAnswer>;
}

/** The object that a place belongs to; where objects were not outlined yet, a way to have that done. */
export function ObjectFacts({ run, object, found }: ObjectFactsProps) {
  const { busy, problem, act } = useAction();
  const outline = (): void =>
    act(async () => {
      await request(`/api/runs/${run.id}/objects`, { method: 'POST', body: {} });
      found.reload();
    });
  if (object !== null) {
    const { area_m2: area, perimeter_m: perimeter, confidence } = object.properties;
    return (
      <dl className="facts">
        <dt>Object</dt>
        <dd className="figures">{object.id}</dd>
        {typeof area === 'number' && (
          <>
            <dt>Size</dt>
            <dd>
              {areaText(area)}
              {typeof perimeter === 'number' ? `, ${perimeter.toFixed(0)} m around` : ''}
            </dd>
          </>
        )}
        {typeof confidence === 'number' && (
          <>
            <dt>Sure of it</dt>
            <dd>{percent(confidence)} in the mean</dd>
          </>
        )}
      </dl>
    );
  }
  if (found.problem?.code !== 'NO_OBJECTS') return null;
  return (
    <>
      <div className="actions">
        <button type="button" disabled={busy} onClick={outline}>
          Outline the objects of this map
        </button>
      </div>
      {busy && <Waiting>Outlining; of large maps this takes minutes …</Waiting>}
      {problem !== null && <ProblemNotice problem={problem} />}
    </>
  );
}
