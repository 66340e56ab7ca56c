import type { ApplicationsAnswer, BucketNeed, SuggestAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { percent } from '../../parts/format.ts';
import { EmptyNotice, ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { bucketColour } from './bucket-colours.ts';
import { ChipGrid } from './chip-grid.tsx';

interface SuggestSectionProps {
  readonly application: string | null;
  readonly chosen: string | null;
  readonly onApplication: (name: string) => void;
  readonly onChip: (id: string) => void;
}

/** Which bucket to label next, and why. */
export function SuggestSection({ application, chosen, onApplication, onChip }: SuggestSectionProps) {
  const { data } = useResource<ApplicationsAnswer>('/api/applications');
  const names = data?.applications.map(({ name }) => name) ?? [];
  const name = names.find((one) => one === application) ?? names[0] ?? null;
  return (
    <div className="groups">
      <section className="group" aria-labelledby="suggest-title">
        <header>
          <h2 id="suggest-title">What to label next</h2>
          <p className="quiet">
            A bucket is worth labels where it is a large share of the archive, few scenes of it are labelled,
            and maps are unsure of it.
          </p>
        </header>
        {names.length > 1 && (
          <label className="field narrow">
            Application
            <select value={name ?? ''} onChange={({ target }) => onApplication(target.value)}>
              {names.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        )}
        {data !== null && name === null && (
          <EmptyNotice
            title="No application yet"
            commands={['resflow app create buildings --class building --gsd 0.3']}
          >
            Labels belong to an application: it says which classes are looked for.
          </EmptyNotice>
        )}
        {name !== null && <Suggested application={name} chosen={chosen} onChip={onChip} />}
      </section>
    </div>
  );
}

interface SuggestedProps {
  readonly application: string;
  readonly chosen: string | null;
  readonly onChip: (id: string) => void;
}

function Suggested({ application, chosen, onChip }: SuggestedProps) {
  const { data, problem, loading, reload } = useResource<SuggestAnswer>(
    `/api/gallery/suggest/${application}?budget=24`,
  );
  if (problem !== null) return <ProblemNotice problem={problem} onRetry={reload} />;
  if (data === null) return loading ? <Waiting>Weighing the buckets …</Waiting> : null;
  const needs = [...data.buckets].sort((a, b) => b.gain - a.gain);
  const most = Math.max(...needs.map(({ gain }) => gain), 1e-9);
  return (
    <>
      <div className="scrolls">
        <table>
          <thead>
            <tr>
              <th scope="col">Bucket</th>
              <th scope="col">Worth</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {needs.map((need) => (
              <tr key={need.bucket}>
                <th scope="row">
                  <span className="swatch inline" style={{ background: bucketColour(need.bucket) }} />{' '}
                  {need.bucket}
                </th>
                <td className="worth">
                  <span className="unseen">{need.gain.toFixed(4)}</span>
                  <span className="bar">
                    <span style={{ width: `${(100 * need.gain) / most}%` }} />
                  </span>
                </td>
                <td>{reasonOf(need)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h3>Chips to begin with</h3>
      <ChipGrid
        chips={data.chips}
        label="Chips worth labelling, the best first"
        chosen={chosen}
        onChip={onChip}
        caption={(i) => `bucket ${data.chips[i]?.bucket ?? ''}`}
      />
      <p className="quiet">
        To label them elsewhere: <code>resflow gallery suggest {application} --geojson next.geojson</code>
      </p>
    </>
  );
}

function reasonOf({ share, labelledScenes, labelledChips, uncertainty }: BucketNeed): string {
  const labels =
    labelledScenes === 0
      ? 'no labels yet'
      : `${labelledChips} labelled chips in ${labelledScenes} scene${labelledScenes === 1 ? '' : 's'}`;
  const unsure = uncertainty === null ? 'not mapped yet' : `maps are unsure of ${percent(uncertainty)}`;
  return `${percent(share)} of the archive; ${labels}; ${unsure}`;
}
