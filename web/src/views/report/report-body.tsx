import type { Evaluation, RunView, SceneView } from '../../api/answers.ts';
import { CHART_COLOURS } from '../../parts/chart-colours.ts';
import { count, percent, score } from '../../parts/format.ts';
import { IntervalChart } from '../../parts/interval-chart.tsx';
import { EmptyNotice } from '../../parts/notice.tsx';
import { Headline } from './headline.tsx';
import { Reliability } from './reliability.tsx';
import { WorstPlaces } from './worst-places.tsx';

interface ReportBodyProps {
  readonly evaluation: Evaluation;
  readonly run: RunView;
  readonly scenes: readonly SceneView[];
}

const ROLES = {
  unseen: 'not seen in training',
  validation: 'chose the model',
  train: 'trained on',
} as const;

export function ReportBody({ evaluation, run, scenes }: ReportBodyProps) {
  const { headline } = evaluation;
  const [first] = evaluation.classes;
  return (
    <>
      {headline === null ? (
        <EmptyNotice title="Nothing unseen to judge by">
          Every scene with labels was used in training, so no score here speaks for new ground. Label a scene
          of another place, map it, and evaluate again.
        </EmptyNotice>
      ) : (
        <>
          <Headline summary={headline} />
          <div className="charts">
            <IntervalChart
              title={`IoU by scene${first === undefined ? '' : `, ${evaluation.classes.map(({ name }) => name).join(', ')}`}`}
              rows={evaluation.scenes.map((scene) => ({
                label: scene.scene,
                intervals: scene.scores.classes.map((own) => ({
                  name: own.class,
                  value: own.iou,
                  low: own.intervals.iou?.low ?? null,
                  high: own.intervals.iou?.high ?? null,
                  colour: scene.role === 'unseen' ? CHART_COLOURS.first : CHART_COLOURS.third,
                })),
              }))}
              keys={[
                { name: ROLES.unseen, colour: CHART_COLOURS.first },
                ...(evaluation.scenes.some(({ role }) => role !== 'unseen')
                  ? [{ name: 'used in training', colour: CHART_COLOURS.third }]
                  : []),
              ]}
            />
            {headline.pooled.reliability !== null && (
              <Reliability reliability={headline.pooled.reliability} />
            )}
          </div>
        </>
      )}
      <WorstPlaces evaluation={evaluation} run={run} scenes={scenes} />
      <section className="section" aria-labelledby="scenes-title">
        <h2 id="scenes-title">Scenes</h2>
        <div className="scrolls" tabIndex={0} role="region" aria-label="Scores by scene">
          <table>
            <thead>
              <tr>
                <th scope="col">Scene</th>
                <th scope="col">Place</th>
                <th scope="col">In training</th>
                <th scope="col" className="number">
                  IoU
                </th>
                <th scope="col" className="number">
                  Object F1
                </th>
                <th scope="col" className="number">
                  Boundary F1
                </th>
                <th scope="col" className="number">
                  Pixels judged
                </th>
              </tr>
            </thead>
            <tbody>
              {evaluation.scenes.map(({ scene, place, role, scores }) => (
                <tr key={scene}>
                  <th scope="row">{scene}</th>
                  <td>{place}</td>
                  <td>{ROLES[role]}</td>
                  <td className="number">{score(scores.mean.iou)}</td>
                  <td className="number">{score(scores.mean.objectF1)}</td>
                  <td className="number">{score(scores.mean.boundaryF1)}</td>
                  <td className="number">{count(scores.pixels.scored)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section className="section" aria-labelledby="notes-title">
        <h2 id="notes-title">To know when reading this</h2>
        <ul className="notes">
          {evaluation.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
          <li>
            Ranges are {percent(evaluation.settings.bootstrap.level)} intervals over blocks of ground of{' '}
            {evaluation.settings.blockMetres} m; neighbouring pixels err together.
          </li>
          {evaluation.unscored.map(({ scene, reason }) => (
            <li key={scene}>
              {scene} was not judged: {reason}
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
