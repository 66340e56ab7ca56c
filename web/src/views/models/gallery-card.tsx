import type { ModelGallery } from '../../api/answers.ts';
import { CHART_COLOURS } from '../../parts/chart-colours.ts';
import { timeText } from '../../parts/format.ts';
import { IntervalChart, type Interval } from '../../parts/interval-chart.tsx';
import { Link } from '../../shell/link.tsx';
import { addressOf } from '../../state/url-state.ts';

const DECISIONS = {
  specialist: 'its own model',
  nearest: 'the nearest bucket’s model',
  mono: 'Mono',
} as const;

const KEYS = [
  { name: 'Mono', colour: CHART_COLOURS.third },
  { name: 'the bucket’s model', colour: CHART_COLOURS.second },
];

type Score = ModelGallery['buckets'][number]['scores']['mono'];

const intervalOf = (name: string, colour: string, score: Score): Interval => ({
  name,
  colour,
  value: score?.iou ?? null,
  low: score?.low ?? null,
  high: score?.high ?? null,
});

/** A gallery of models against Mono: bucket by bucket, and why each has the model that it has. */
export function GalleryCard({ gallery }: { gallery: ModelGallery }) {
  const [mono, own] = KEYS;
  return (
    <section className="section detail" aria-labelledby={gallery.id}>
      <header>
        <h2 id={gallery.id}>Mono against the gallery</h2>
        <p className="quiet">
          {gallery.id}, {timeText(gallery.created)}, recipe {gallery.recipe}; on places held out for
          validation, with 95 % intervals
        </p>
      </header>
      <div className="charts">
        <IntervalChart
          title="IoU by bucket"
          keys={KEYS}
          rows={gallery.buckets.map(({ bucket, scores }) => ({
            label: `bucket ${bucket}`,
            intervals: [
              intervalOf(mono?.name ?? '', mono?.colour ?? '', scores.mono),
              intervalOf(own?.name ?? '', own?.colour ?? '', scores.model),
            ],
          }))}
        />
      </div>
      <div className="scrolls" tabIndex={0} role="region" aria-label="Buckets and their models">
        <table>
          <thead>
            <tr>
              <th scope="col">Bucket</th>
              <th scope="col">Mapped by</th>
              <th scope="col" className="number">
                Labelled chips
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {gallery.buckets.map(({ bucket, decision, evidence, reason, model }) => (
              <tr key={bucket}>
                <th scope="row">
                  <Link to={addressOf('gallery', { bucket: String(bucket) })}>{bucket}</Link>
                </th>
                <td>
                  {DECISIONS[decision]} <span className="quiet figures">{model}</span>
                </td>
                <td className="number">{evidence.chips}</td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
