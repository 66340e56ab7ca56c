import type { ModelSummary } from '../../api/answers.ts';
import { count, score, timeText } from '../../parts/format.ts';

interface ModelTableProps {
  readonly models: readonly ModelSummary[];
  readonly current: string | null;
  readonly onModel: (id: string) => void;
}

/** The models of an application, newest first. */
export function ModelTable({ models, current, onModel }: ModelTableProps) {
  return (
    <div className="scrolls" tabIndex={0} role="region" aria-label="Models">
      <table className="choices">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">For</th>
            <th scope="col">Network</th>
            <th scope="col" className="number">
              Parameters
            </th>
            <th scope="col" className="number">
              IoU in validation
            </th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {models.toReversed().map(({ id, bucket, network, parameters, scores, created }) => (
            <tr key={id} className={id === current ? 'current' : undefined}>
              <th scope="row">
                <button
                  type="button"
                  className="plain"
                  aria-pressed={id === current}
                  onClick={() => onModel(id)}
                >
                  {id}
                </button>
              </th>
              <td>{bucket === null ? 'everything (Mono)' : `bucket ${bucket}`}</td>
              <td>{network}</td>
              <td className="number">
                {parameters < 1e5 ? count(parameters) : `${(parameters / 1e6).toFixed(2)} M`}
              </td>
              <td className="number">{score(scores['validation']?.iou)}</td>
              <td>{timeText(created)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
