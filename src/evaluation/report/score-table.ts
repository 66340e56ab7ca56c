import type { ClassScore, Evaluation, SceneScore, ScoreSet } from '../schema.ts';
import { forestMark } from './charts.ts';
import { count, intervalText, share2, short } from './format.ts';
import { html, type HtmlValue, type Markup } from './html.ts';

const ROLE_TEXT = { unseen: '', validation: 'validation scene', train: 'training scene' } as const;

/** One row per scene and class, then the sums. */
export function scoreTable(evaluation: Evaluation): Markup {
  const { headline, scenes } = evaluation;
  const rows = scenes.flatMap((scene) => rowsOf(sceneCell(scene), scene.scores, ''));
  const pooled =
    headline === null ? [] : rowsOf(`all ${headline.scenes.length} unseen scenes`, headline.pooled, 'sum');
  const means = (headline?.meanOverPlaces.classes ?? []).map(
    (c) =>
      html`<tr class="sum">
        <td>mean of ${headline?.meanOverPlaces.places.length ?? 0} places</td>
        <td class="left cls">${c.class}</td>
        <td>${share2(c.iou)} <span class="ci">${intervalText(c.intervals.iou)}</span></td>
        <td class="left line">${forestMark(c.iou, c.intervals.iou)}</td>
        <td>${share2(c.f1)}</td>
        <td></td>
        <td></td>
        <td>${share2(c.objectF1)} <span class="ci">${intervalText(c.intervals.objectF1)}</span></td>
        <td></td>
        <td>${share2(c.boundaryF1)}</td>
        <td></td>
      </tr>`,
  );
  return html`<section>
    <h2>Scores by scene</h2>
    <div class="scroll">
      <table class="${evaluation.classes.length === 1 ? 'one' : ''}">
        <thead>
          <tr>
            <th>scene</th>
            <th class="left cls">class</th>
            <th>IoU</th>
            <th class="left forest-head">0 <span>IoU</span> 1</th>
            <th>F1</th>
            <th>precision</th>
            <th>recall</th>
            <th>object F1</th>
            <th>objects found / labelled / mapped</th>
            <th>boundary F1</th>
            <th>labelled Mpx</th>
          </tr>
        </thead>
        <tbody>
          ${rows}${pooled}${means}
        </tbody>
      </table>
    </div>
    ${evaluation.unscored.length > 0 && html`<p class="small soft">Not scored: ${evaluation.unscored.map(({ scene, reason }, i) => html`${i > 0 && '; '}<b>${scene}</b>: ${reason}`)}.</p>`}
    <p class="small soft">
      Scenes in the sums are those the model has not seen. Intervals in italics rest on fewer than
      ${evaluation.settings.minReliableBlocks} blocks of ground and are too narrow to be trusted.
    </p>
  </section>`;
}

function sceneCell({ scene, role, placeInTraining }: SceneScore): Markup {
  return html`${scene}${ROLE_TEXT[role] !== '' && html`<span class="tag">${ROLE_TEXT[role]}</span>`}${role === 'unseen' && placeInTraining && html`<span class="tag">place known from training</span>`}`;
}

function rowsOf(name: HtmlValue, scores: ScoreSet, kind: string): Markup[] {
  const few = scores.blocks.intervalsReliable ? '' : 'few';
  const ci = (interval: ClassScore['intervals']['iou']) =>
    html`<span class="ci ${few}">${intervalText(interval)}</span>`;
  return scores.classes.map(
    (c) =>
      html`<tr class="${kind}">
        <td>${name}</td>
        <td class="left cls">${c.class}</td>
        <td>${share2(c.iou)} ${ci(c.intervals.iou)}</td>
        <td class="left line">${forestMark(c.iou, c.intervals.iou)}</td>
        <td>${share2(c.f1)}</td>
        <td>${share2(c.precision)}</td>
        <td>${share2(c.recall)}</td>
        <td>${share2(c.objects.f1)} ${ci(c.intervals.objectF1)}</td>
        <td>${count(c.objects.matched)} / ${count(c.objects.labelled)} / ${count(c.objects.mapped)}</td>
        <td>${share2(c.boundary.f1)}</td>
        <td>${labelledGround(scores)}</td>
      </tr>`,
  );
}

/** Scored pixels in millions, three digits. */
const labelledGround = ({ pixels }: ScoreSet): string => short(pixels.scored / 1e6);
