import type { Evaluation } from '../../api/answers.ts';
import { counted, score } from '../../parts/format.ts';

type Summary = NonNullable<Evaluation['headline']>;
type ClassScore = Summary['pooled']['classes'][number];

const MEASURES = [
  { name: 'iou', label: 'IoU', of: (own: ClassScore) => own.iou },
  { name: 'f1', label: 'F1', of: (own: ClassScore) => own.f1 },
  { name: 'objectF1', label: 'Object F1', of: (own: ClassScore) => own.objects.f1 },
  { name: 'boundaryF1', label: 'Boundary F1', of: (own: ClassScore) => own.boundary.f1 },
] as const;

/** The scores on scenes that the model has not seen, class by class, with their intervals. */
export function Headline({ summary }: { summary: Summary }) {
  const { classes, blocks } = summary.pooled;
  return (
    <section className="section" aria-labelledby="headline-title">
      <header>
        <h2 id="headline-title">On {counted(summary.scenes.length, 'scene')} that the model has not seen</h2>
        <p className="quiet">
          Below each score the range that it could have on other ground of the same kind
          {blocks.intervalsReliable ? '' : '; there are few blocks of ground, so the true ranges are wider'}.
        </p>
      </header>
      {classes.map((own) => (
        <div key={own.class} className="headline">
          {classes.length > 1 && <h3>{own.class}</h3>}
          <dl className="tiles">
            {MEASURES.map(({ name, label, of }) => (
              <div key={name}>
                <dt>{label}</dt>
                <dd>
                  <strong>{score(of(own))}</strong>
                  <Range interval={own.intervals[name]} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </section>
  );
}

function Range({ interval }: { interval: ClassScore['intervals']['iou'] }) {
  if (interval === null) return <span className="quiet">no range</span>;
  return (
    <span className="quiet">
      {score(interval.low)} to {score(interval.high)}
    </span>
  );
}
