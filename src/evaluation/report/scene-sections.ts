import type { Evaluation, SceneScore } from '../schema.ts';
import { share2 } from './format.ts';
import { html, type Markup } from './html.ts';
import { legend, picture, type Box } from './pictures.ts';
import type { ReportData, ScenePictures, WorstPicture } from './report-data.ts';
import { lonLatText, percent } from './format.ts';

/** Image, map and error map of every scene that has pictures. */
export function sceneSections({ evaluation, scenes, worst }: ReportData): Markup {
  return html`<section>
    <h2>Maps and errors</h2>
    ${legend(evaluation.classes)} ${scenes.map((pictures) => oneScene(pictures, evaluation, worst))}
    <p class="small soft">Click a picture to enlarge it. Lettered boxes are the worst places, shown below.</p>
  </section>`;
}

function oneScene(scene: ScenePictures, evaluation: Evaluation, worst: readonly WorstPicture[]): Markup {
  const score = evaluation.scenes.find((one) => one.scene === scene.scene);
  const { pictures, grid } = scene;
  const boxes = worst.flatMap(({ block }, i): Box[] => {
    if (block.scene !== scene.scene) return [];
    const { x, y, width, height } = block.window;
    return [
      {
        left: x / grid.width,
        top: y / grid.height,
        width: width / grid.width,
        height: height / grid.height,
        text: letter(i),
      },
    ];
  });
  return html`<div class="scene">
    <h3>${scene.scene} <span class="soft small">${score !== undefined && sceneLine(score)}</span></h3>
    <div class="trio">
      ${picture(pictures.image, 'image', pictures, { alt: `image of ${scene.scene}`, bar: true })}
      ${picture(pictures.map, 'map over the image', pictures, { alt: `map of ${scene.scene}` })}
      ${picture(pictures.errors, 'errors', pictures, { alt: `error map of ${scene.scene}`, boxes })}
    </div>
  </div>`;
}

function sceneLine({ place, gsdMetres, scores, role, seamScore }: SceneScore): string {
  const facts = [
    place,
    `${gsdMetres.toFixed(2)} m a pixel`,
    `IoU ${share2(scores.mean.iou)}`,
    `${percent(scores.accuracy)} of labelled pixels right`,
  ];
  if (seamScore !== null) facts.push(`seam score ${seamScore.toFixed(4)}`);
  if (role !== 'unseen') facts.push(role === 'train' ? 'a training scene' : 'a validation scene');
  return facts.join(' · ');
}

const letter = (i: number): string => String.fromCharCode(65 + i);

/** The blocks of ground with the most wrong pixels, side by side with their labels. */
export function worstSection({ worst, evaluation }: ReportData): Markup | null {
  if (worst.length === 0) return null;
  return html`<section>
    <h2>Where it failed worst</h2>
    <p class="soft">
      The blocks of ${evaluation.settings.blockMetres} m with the most wrong
      pixels${evaluation.headline !== null && ', in scenes the model has not seen'}. The box is the block,
      around it some context.
    </p>
    ${worst.map((one, i) => oneWorst(one, letter(i), evaluation))}
  </section>`;
}

function oneWorst({ block, pictures, frame }: WorstPicture, name: string, evaluation: Evaluation): Markup {
  const { x, y } = block.window;
  const classes = evaluation.classes.map(({ name: text }) => text).join(', ');
  return html`<div class="scene worst">
    <h3>
      ${name} · ${block.scene}
      <span class="soft small"
        >${block.lonLat !== null && lonLatText(block.lonLat)} · column ${x}, row ${y} ·
        ${percent(block.wrongPixels / Math.max(1, block.scoredPixels))} of its labelled pixels wrong · IoU
        ${share2(block.iou)}</span
      >
    </h3>
    <div class="quad">
      ${picture(pictures.image, 'image', pictures, { alt: `image at ${name}`, boxes: [frame], bar: true })}
      ${pictures.labels !== null && picture(pictures.labels, `labels (${classes})`, pictures, { alt: `labels at ${name}`, boxes: [frame] })}
      ${picture(pictures.map, 'map', pictures, { alt: `map at ${name}`, boxes: [frame] })}
      ${picture(pictures.errors, 'errors', pictures, { alt: `errors at ${name}`, boxes: [frame] })}
    </div>
  </div>`;
}
