import type { ModelAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { CHART_COLOURS } from '../../parts/chart-colours.ts';
import { ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { IntervalChart } from '../../parts/interval-chart.tsx';
import { ModelCardFacts } from './model-card-facts.tsx';
import { TrainingCurves } from './training-curves.tsx';
import { placeScores } from './training-lines.ts';

/** One model: its curves, its scores by split and by place, and its card. */
export function ModelDetail({ application, model }: { application: string; model: string }) {
  const { data, problem, loading, reload } = useResource<ModelAnswer>(
    `/api/applications/${application}/models/${model}`,
  );
  if (problem !== null) return <ProblemNotice problem={problem} onRetry={reload} />;
  if (data === null) return loading ? <Waiting>Reading the model …</Waiting> : null;
  const { card, history } = data;
  const splits = Object.entries(card.scores);
  const places = placeScores(history);
  const one = (value: number | null) => [{ name: 'IoU', value, colour: CHART_COLOURS.first }];
  return (
    <section className="section detail" aria-labelledby="model-title">
      <h2 id="model-title">{card.name}</h2>
      <TrainingCurves history={history} />
      <div className="charts">
        {splits.length > 0 && (
          <IntervalChart
            title="IoU by split"
            rows={splits.flatMap(([split, { iou, perClass }]) => [
              { label: split, intervals: one(iou) },
              ...(Object.keys(perClass ?? {}).length > 1
                ? Object.entries(perClass ?? {}).map(([name, value]) => ({
                    label: `${split}, ${name}`,
                    intervals: one(value),
                  }))
                : []),
            ])}
          />
        )}
        {places.length > 0 && (
          <IntervalChart
            title="IoU by place, at the last validation"
            rows={places.map(([label, value]) => ({ label, intervals: one(value) }))}
          />
        )}
      </div>
      <ModelCardFacts card={card} />
    </section>
  );
}
