import type { Interval } from '../bootstrap.ts';
import type { Evaluation, Summary } from '../schema.ts';
import { intervalText, percent, share2 } from './format.ts';
import { html, type Markup } from './html.ts';

/** Title, the numbers that count, and what to be careful about. */
export function headlineSection(evaluation: Evaluation): Markup {
  const { headline, seen } = evaluation;
  const shown = headline ?? seen.validation ?? seen.train;
  return html`<header>
      <p class="soft small">RESFlow evaluation, ${evaluation.created.slice(0, 10)}</p>
      <h1>How good is the ${evaluation.application} map of run ${evaluation.run}?</h1>
      <p class="soft">${basis(evaluation, shown)}</p>
    </header>
    ${shown !== null && cards(shown, evaluation)}
    ${
      evaluation.notes.length > 0 &&
      html`<div class="notes">
        <b>Mind when reading</b>
        <ul>
          ${evaluation.notes.map((note) => html`<li>${note}</li>`)}
        </ul>
      </div>`
    }`;
}

function basis({ headline }: Evaluation, shown: Summary | null): string {
  if (shown === null) return 'Nothing could be compared.';
  const scenes = `${shown.scenes.length} ${shown.scenes.length === 1 ? 'scene' : 'scenes'}`;
  const { places } = shown.meanOverPlaces;
  const where = `${places.length} ${places.length === 1 ? 'place' : 'places'} (${places.join(', ')})`;
  const how =
    headline === null ? 'that the model was trained on or chosen by' : 'that the model has not seen';
  return `Measured on ${scenes} of ${where} ${how}, where there are labels. Ranges are 95 % intervals.`;
}

function cards({ pooled, meanOverPlaces }: Summary, { settings }: Evaluation): Markup {
  const only = pooled.classes.length === 1 ? pooled.classes[0] : undefined;
  const { mean, reliability } = pooled;
  const over = only === undefined ? ', mean over classes' : '';
  const few = !pooled.blocks.intervalsReliable;
  const placeIou = meanOverPlaces.classes[0]?.iou ?? null;
  const places =
    only !== undefined && meanOverPlaces.places.length > 1
      ? ` Every place counting the same: ${share2(placeIou)}.`
      : '';
  return html`<div class="cards">
    ${card('IoU', mean.iou, only?.intervals.iou ?? null, { few, what: `Share of the ground mapped or labelled as the class that is both${over}.${places}` })}
    ${card('F1 of pixels', mean.f1, only?.intervals.f1 ?? null, { few, what: only === undefined ? 'Mean over classes.' : `Precision ${share2(only.precision)}: of what is mapped, right. Recall ${share2(only.recall)}: of what is there, found.` })}
    ${card('F1 of objects', mean.objectF1, only?.intervals.objectF1 ?? null, { few, what: only === undefined ? 'Mean over classes.' : `${only.objects.matched} of ${only.objects.labelled} labelled objects found, ${only.objects.mapped - only.objects.matched} mapped without a match.` })}
    ${card('F1 of boundaries', mean.boundaryF1, only?.intervals.boundaryF1 ?? null, { few, what: `Outlines within ${settings.boundaryMetres.toFixed(2)} m of each other${over}.` })}
    <div class="card">
      <span class="name">Calibration error</span
      ><b>${percent(reliability?.expectedCalibrationError ?? null)}</b>
      <div class="range">&nbsp;</div>
      <div class="what">
        Mean gap between the map's confidence (${percent(reliability?.meanConfidence ?? null)}) and how often
        it is right (${percent(reliability?.accuracy ?? null)}).
      </div>
    </div>
  </div>`;
}

function card(
  name: string,
  value: number | null,
  interval: Interval | null,
  more: { few: boolean; what: string },
): Markup {
  return html`<div class="card">
    <span class="name">${name}</span><b>${share2(value)}</b>
    <div class="range">
      ${interval === null ? html`&nbsp;` : intervalText(interval)}${interval !== null && more.few && ' (few blocks)'}
    </div>
    <div class="what">${more.what}</div>
  </div>`;
}
