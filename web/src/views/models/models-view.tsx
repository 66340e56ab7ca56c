import type { ApplicationsAnswer, ModelsAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { EmptyNotice, ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { useUrlState } from '../../state/url-state.ts';
import { GalleryCard } from './gallery-card.tsx';
import { ModelDetail } from './model-detail.tsx';
import { ModelTable } from './model-table.tsx';

/** Models of an application: how they learnt, how good they are where, and Mono against the gallery. */
export function ModelsView() {
  const [url, change] = useUrlState();
  const applications = useResource<ApplicationsAnswer>('/api/applications');
  const all = applications.data?.applications ?? [];
  const wanted = url.get('app');
  const application =
    all.find(({ name }) => name === wanted) ?? all.find(({ models }) => models > 0) ?? all[0] ?? null;
  const models = useResource<ModelsAnswer>(
    application === null ? null : `/api/applications/${application.name}/models`,
  );
  const newest = models.data?.models.findLast(({ bucket }) => bucket === null) ?? models.data?.models.at(-1);
  const shown = models.data?.models.find(({ id }) => id === url.get('model')) ?? newest ?? null;
  const problem = applications.problem ?? models.problem;
  return (
    <div className="pages">
      <div className="column">
        <header className="top">
          <h1>Models</h1>
          {all.length > 1 && (
            <label className="field narrow">
              Application
              <select
                value={application?.name ?? ''}
                onChange={({ target }) => change({ app: target.value, model: null })}
              >
                {all.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          )}
          {application !== null && (
            <p className="quiet">
              {application.name}: {application.classes.map(({ name }) => name).join(', ')} at{' '}
              {application.gsdMetres} m
            </p>
          )}
        </header>
        {problem !== null && <ProblemNotice problem={problem} onRetry={applications.reload} />}
        {applications.loading && all.length === 0 && <Waiting>Reading the applications …</Waiting>}
        {applications.data !== null && all.length === 0 && (
          <EmptyNotice
            title="No application yet"
            commands={['resflow app create buildings --class building --gsd 0.3']}
          >
            An application says what to map: its classes and its resolution. Models belong to one.
          </EmptyNotice>
        )}
        {application !== null && models.data?.models.length === 0 && (
          <EmptyNotice
            title="No model yet"
            commands={[
              `resflow label add ${application.name} LABELS.gpkg --complete scene`,
              `resflow model train ${application.name} --mono`,
            ]}
          >
            Give labels to some scenes, then train a first model; half an hour is enough on a laptop.
          </EmptyNotice>
        )}
        {models.data !== null && models.data.models.length > 0 && (
          <>
            <ModelTable
              models={models.data.models}
              current={shown?.id ?? null}
              onModel={(model) => change({ model })}
            />
            {shown !== null && application !== null && (
              <ModelDetail key={shown.id} application={application.name} model={shown.id} />
            )}
            {models.data.galleries.toReversed().map((gallery) => (
              <GalleryCard key={gallery.id} gallery={gallery} />
            ))}
            {models.data.galleries.length === 0 && (
              <EmptyNotice
                title="No gallery of models yet"
                commands={[
                  'resflow gallery build --all',
                  `resflow model train ${application?.name ?? 'APP'}`,
                ]}
              >
                A gallery has a model for each kind of ground. It is compared with Mono here, bucket by
                bucket.
              </EmptyNotice>
            )}
          </>
        )}
      </div>
    </div>
  );
}
