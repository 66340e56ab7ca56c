import { dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { writeFileAtomic } from '../core/atomic-file.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from './results-page-assets.ts';
import { drawScenePicture, type ScenePicture } from './scene-picture.ts';

const share = z.number().nullable();
const interval = z.object({ low: z.number(), high: z.number() }).nullable();

/** What the page takes from `map evaluate --json`; the rest is left to the report. */
export const pageEvaluationSchema = z.object({
  application: z.string(),
  model: z.object({ id: z.string(), variant: z.string() }),
  classes: z.array(z.object({ value: z.int(), name: z.string(), colour: z.string() })),
  scenes: z.array(
    z.object({
      scene: z.string(),
      place: z.string(),
      gsdMetres: z.number(),
      scores: z.object({
        classes: z.array(
          z.object({
            class: z.string(),
            iou: share,
            f1: share,
            objects: z.object({ labelled: z.number(), mapped: z.number(), matched: z.number(), f1: share }),
            intervals: z.object({ iou: interval, f1: interval, objectF1: interval }),
          }),
        ),
      }),
    }),
  ),
});
type PageEvaluation = z.infer<typeof pageEvaluationSchema>;
type PageScore = PageEvaluation['scenes'][number]['scores']['classes'][number];

/** What the page takes from `map show --json`. */
export const pageRunSchema = z.object({
  run: z.string(),
  seconds: z.number(),
  megapixels: z.number(),
  megapixelsPerSecond: z.number(),
  peakMemoryMiB: z.number(),
  scenes: z.array(z.object({ scene: z.string(), layers: z.record(z.string(), z.string()) })),
});

export interface PageScene {
  readonly scene: string;
  /** What is special about it, one line. */
  readonly note: string;
  readonly image: string;
  readonly labels: string | null;
}

export interface ResultsPage {
  readonly file: string;
  readonly title: string;
  readonly report: string;
  readonly scenes: readonly PageScene[];
  readonly run: z.infer<typeof pageRunSchema>;
  readonly evaluation: PageEvaluation;
}

/** Writes one self-contained HTML page: each scene with its map to swipe over it, its scores, and links to the files. */
export async function writeResultsPage(page: ResultsPage): Promise<void> {
  const background = page.evaluation.classes.filter(({ value }) => value !== 0);
  const colours = new Map(background.map(({ value, colour }) => [value, colour]));
  const figures: string[] = [];
  for (const scene of page.scenes) {
    const layers = page.run.scenes.find((mapped) => mapped.scene === scene.scene)?.layers ?? {};
    const classMap = layers['class'];
    if (classMap === undefined) {
      figures.push(unmapped(scene));
      continue;
    }
    const picture = await drawScenePicture({ image: scene.image, classMap, labels: scene.labels, colours });
    figures.push(figure(page, scene, { picture, layers }));
  }
  await writeFileAtomic(page.file, html(page, figures));
}

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);

/** As the report writes it. */
const score = (value: number | null): string => (value === null ? '–' : value.toFixed(2));

const ranged = (value: number | null, range: { low: number; high: number } | null): string =>
  range === null ? score(value) : `${score(value)} <small>${score(range.low)}–${score(range.high)}</small>`;

function link(page: ResultsPage, path: string, text: string): string {
  const near = relative(dirname(page.file), path);
  const href = near.startsWith('..') ? pathToFileURL(path).href : encodeURI(near);
  return `<a href="${escape(href)}">${escape(text)}</a>`;
}

const unmapped = ({ scene, note }: PageScene): string =>
  `<figure><figcaption><h2>${escape(scene)}</h2><p>${escape(note)}</p></figcaption>
<p>Not mapped: the run lists why (<code>resflow map show latest</code>).</p></figure>`;

function figure(
  page: ResultsPage,
  scene: PageScene,
  drawn: { picture: ScenePicture; layers: Readonly<Record<string, string>> },
): string {
  const { picture, layers } = drawn;
  const { width, height } = picture;
  const scored = page.evaluation.scenes.find((s) => s.scene === scene.scene);
  const files = Object.entries(layers).map(([name, path]) => link(page, path, `${name}.tif`));
  const outline =
    picture.outlines === ''
      ? ''
      : `<svg viewBox="0 0 ${width} ${height}"><path d="${picture.outlines}"/></svg>`;
  return `<figure>
<figcaption><h2>${escape(scene.scene)}</h2><p>${escape(scene.note)}</p></figcaption>
<div class="stage" style="--ratio:${width}/${height}">
<img alt="The scene" src="data:image/jpeg;base64,${picture.photo.toString('base64')}">
<img class="map" alt="The map over the scene" src="data:image/png;base64,${picture.overlay.toString('base64')}">
${outline}<span class="bar"></span>
<input type="range" min="0" max="100" value="50" aria-label="Swipe between the scene and its map">
</div>
${scored === undefined ? '<p>Not scored: no labels.</p>' : scored.scores.classes.map(scoreLine).join('')}
<p class="files">${files.join(' · ')} · source ${link(page, scene.image, scene.image.split('/').slice(-2).join('/'))}</p>
</figure>`;
}

const scoreLine = (one: PageScore): string => `<table><tr><th>${escape(one.class)}</th><td>IoU</td><td>F1</td>
<td>object F1</td><td>labelled · mapped · matched</td></tr>
<tr><th></th><td>${ranged(one.iou, one.intervals.iou)}</td><td>${ranged(one.f1, one.intervals.f1)}</td>
<td>${ranged(one.objects.f1, one.intervals.objectF1)}</td>
<td>${one.objects.labelled} · ${one.objects.mapped} · ${one.objects.matched}</td></tr></table>`;

/** What making the maps took; a run that found all regions done made none. */
const costOf = (run: ResultsPage['run']): string =>
  run.megapixels === 0
    ? 'all regions had been computed by an earlier run.'
    : `${run.megapixels.toFixed(1)} megapixels in ${run.seconds.toFixed(0)} s,
${run.megapixelsPerSecond.toFixed(2)} Mpx/s, ${Math.round(run.peakMemoryMiB)} MiB at most.`;

function html(page: ResultsPage, figures: readonly string[]): string {
  const { run, evaluation } = page;
  const legend = evaluation.classes
    .filter(({ value }) => value !== 0)
    .map(
      ({ name, colour }) => `<span class="key"><i style="background:${colour}"></i>${escape(name)}</span>`,
    );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(page.title)}</title><style>${PAGE_STYLE}</style>
<header><h1>${escape(page.title)}</h1>
<p>Maps of scenes that the model has not seen. Model <code>${escape(evaluation.model.id)}</code>
(${escape(evaluation.model.variant)}), run <code>${escape(run.run)}</code>: ${costOf(run)}
Scores go from 0 to 1; ranges are 95&nbsp;% intervals. ${link(page, page.report, 'The full report')} says how they are made.</p>
<p>${legend.join('')}<label><input type="checkbox" id="labels" checked> <span class="outline"></span> outlines of the labels</label></p>
</header><main>${figures.join('\n')}</main><script>${PAGE_SCRIPT}</script></html>
`;
}
