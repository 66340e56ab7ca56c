import type { Evaluation, ScoreSet } from '../schema.ts';
import { curveChart, reliabilityChart, type Curve } from './charts.ts';
import { count, percent, share2, short } from './format.ts';
import { html, type Markup } from './html.ts';
import type { ReportData } from './report-data.ts';

/** Confusion matrix and reliability diagram of the headline (of the seen scenes where there is none). */
export function pixelSection({ evaluation }: ReportData): Markup | null {
  const shown = evaluation.headline ?? evaluation.seen.validation ?? evaluation.seen.train;
  if (shown === null) return null;
  const { reliability } = shown.pooled;
  return html`<section class="two">
    <div>
      <h2>What is taken for what</h2>
      ${confusionTable(shown.pooled)}
      <p class="small soft">
        Labelled pixels; each row sums to 100 %. ${percent(shown.pooled.accuracy)} are right, background
        included.
      </p>
    </div>
    ${
      reliability !== null &&
      html`<div>
        <h2>Can its confidence be believed?</h2>
        ${reliabilityChart(reliability)}
        <p class="small soft">
          ${evaluation.settings.reliabilityBins} bins; larger dots hold more pixels. Calibration error
          ${percent(reliability.expectedCalibrationError)}${evaluation.model.temperature !== null && `; logits were divided by a temperature of ${evaluation.model.temperature.toFixed(2)}, fitted on validation`}.
        </p>
      </div>`
    }
  </section>`;
}

function confusionTable({ confusion }: ScoreSet): Markup {
  const { categories, counts } = confusion;
  return html`<div class="scroll">
    <table class="matrix">
      <thead>
        <tr>
          <th>label \\ map</th>
          ${categories.map((name) => html`<th>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${counts.map((row, i) => {
          const total = row.reduce((sum, n) => sum + n, 0);
          return html`<tr>
            <td>${categories[i]}</td>
            ${row.map((n, j) => {
              const share = total > 0 ? n / total : 0;
              const tone = i === j ? '--accent' : '--warm';
              return html`<td
                class="${i === j ? 'hit' : ''}"
                style="background:color-mix(in srgb, var(${tone}) ${(45 * share).toFixed(0)}%, transparent)"
              >
                ${total > 0 ? percent(share) : '–'}<br /><span class="ci">${count(n)}</span>
              </td>`;
            })}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** Loss and validation IoU over the steps of the training. */
export function trainingSection({ history }: ReportData): Markup | null {
  const train = history.filter((point) => point.kind === 'train');
  const validation = history.filter((point) => point.kind === 'validation');
  const losses = drawable([
    { name: 'training', points: train.map(({ step, loss }) => [step, loss]) },
    {
      name: 'validation',
      points: validation.flatMap(({ step, loss }) => (loss === undefined ? [] : [[step, loss] as const])),
    },
  ]);
  const scores = drawable([
    { name: 'validation IoU', points: validation.map(({ step, iou }) => [step, iou]) },
  ]);
  if (losses.length + scores.length === 0) return null;
  return html`<section>
    <h2>How training went</h2>
    <div class="two">
      ${losses.length > 0 && curveChart('Loss', losses, { unitMax: false })}
      ${scores.length > 0 && curveChart('IoU on validation', scores, { unitMax: true })}
    </div>
  </section>`;
}

const drawable = (curves: readonly Curve[]): Curve[] => curves.filter(({ points }) => points.length > 1);

/** The model's card and the run's facts. */
export function factsSection({ card, evaluation }: ReportData): Markup {
  return html`<section class="two">
    <div>
      <h2>The model</h2>
      <dl>${modelFacts(card, evaluation).map(fact)}</dl>
    </div>
    <div>
      <h2>The run</h2>
      <dl>${runFacts(evaluation).map(fact)}</dl>
    </div>
  </section>`;
}

type Fact = readonly [name: string, value: string];
const fact = ([name, value]: Fact): Markup =>
  html`<dt>${name}</dt>
    <dd>${value}</dd>`;

function modelFacts(card: ReportData['card'], { model }: Evaluation): Fact[] {
  const ran: Fact[] = [
    ['model', `${model.name} (${model.id})`],
    ['weights', `${model.variant}, sha256 ${model.sha256.slice(0, 16)}`],
  ];
  if (card === null) return ran;
  const { training, network, gsd, halo, scores } = card;
  const validation = scores['validation'];
  return [
    ...ran,
    ['network', `${network.name}, ${(network.parameters / 1e6).toFixed(2)} million parameters`],
    ['bands', card.bands.map(({ name }) => name).join(', ')],
    ['working GSD', `${gsd.metres} m; takes scenes of ${gsd.min} to ${gsd.max} m`],
    ['halo', `${halo.pixels} px (tolerance ${halo.tolerance})`],
    ['temperature', card.output.temperature.toFixed(3)],
    ...(training === null ? [] : trainingFacts(training)),
    ...(validation === undefined
      ? []
      : [['validation score', `IoU ${share2(validation.iou)}, F1 ${share2(validation.f1)}`] as const]),
    ...(card.licence === null ? [] : [['licence', card.licence] as const]),
  ];
}

function trainingFacts(training: NonNullable<NonNullable<ReportData['card']>['training']>): Fact[] {
  return [
    [
      'trained',
      `${count(training.steps)} steps, ${count(training.samples)} chips, ${(training.seconds / 60).toFixed(0)} min, seed ${training.seed}`,
    ],
    ['training scenes', listed(training.trainScenes)],
    ['validation scenes', listed(training.validationScenes)],
  ];
}

const listed = (names: readonly string[]): string =>
  names.length <= 8
    ? names.join(', ') || 'none'
    : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`;

function runFacts({ run, performance: p, seamScore, settings, scenes }: Evaluation): Fact[] {
  return [
    ['run', run],
    [
      'mapped',
      `${short(p.megapixels)} megapixels in ${short(p.seconds)} s: ${short(p.megapixelsPerSecond)} megapixels/s, ${p.workers} ${p.workers === 1 ? 'worker' : 'workers'}`,
    ],
    ['peak memory', `${count(p.peakMemoryMiB)} MiB, all processes`],
    [
      'overlap',
      p.overlapFactor === null ? '–' : `${p.overlapFactor.toFixed(2)} pixels computed for one kept`,
    ],
    [
      'seam score',
      seamScore === null ? '–' : `${seamScore.toFixed(4)} mean change of probability where chips meet`,
    ],
    [
      'labels from',
      settings.labelSources === null
        ? listed([...new Set(scenes.flatMap(({ labelSources }) => labelSources))])
        : listed(settings.labelSources),
    ],
    [
      'intervals',
      `${settings.bootstrap.replicates} bootstrap replicates over blocks of ${settings.blockMetres} m, seed ${settings.bootstrap.seed}`,
    ],
    [
      'objects',
      `matched at IoU ${settings.matchIou}; smaller than ${settings.minObjectM2} m² left out; ${settings.connectivity} neighbours; labels as ${settings.labelObjects}`,
    ],
  ];
}
