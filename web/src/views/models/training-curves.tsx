import type { HistoryPoint } from '../../api/answers.ts';
import { CHART_COLOURS } from '../../parts/chart-colours.ts';
import { score } from '../../parts/format.ts';
import { LineChart } from '../../parts/line-chart.tsx';
import { trainingLines } from './training-lines.ts';

/** Loss and validation IoU over the steps of a training. */
export function TrainingCurves({ history }: { history: readonly HistoryPoint[] }) {
  const { loss, iou, checked } = trainingLines(history);
  if (loss.length === 0 && iou.length === 0) {
    return <p className="quiet">There are no curves: the model was imported, not trained here.</p>;
  }
  const best = Math.max(...iou.map(([, value]) => value));
  return (
    <div className="charts">
      {loss.length > 0 && (
        <LineChart
          title="Loss"
          says={`From ${score(loss[0]?.[1])} to ${score(loss.at(-1)?.[1])}.`}
          xName="steps"
          lines={[
            { name: 'training', colour: CHART_COLOURS.first, points: loss },
            ...(checked.length > 0
              ? [{ name: 'validation', colour: CHART_COLOURS.second, points: checked, dots: true }]
              : []),
          ]}
        />
      )}
      {iou.length > 0 && (
        <LineChart
          title={`IoU in validation, best ${score(best)}`}
          says={`From ${score(iou[0]?.[1])} to ${score(iou.at(-1)?.[1])}, best ${score(best)}.`}
          xName="steps"
          yRange={[0, 1]}
          lines={[{ name: 'IoU', colour: CHART_COLOURS.second, points: iou, dots: true }]}
        />
      )}
    </div>
  );
}
