import type { EvaluationSettings } from '../schema.ts';
import { html, type Markup } from './html.ts';

/** What the numbers mean and how they were made, for readers who see such a page for the first time. */
export function readingSection(settings: EvaluationSettings): Markup {
  const items: readonly (readonly [string, string])[] = [
    [
      'Only labelled ground counts',
      'A pixel is scored where there is a label (or where the labels were declared complete, which makes the rest background) and the map holds a class. Ground without labels is neither right nor wrong.',
    ],
    [
      'IoU, precision, recall, F1',
      'IoU is the ground both mapped and labelled, divided by the ground mapped or labelled. Precision is the share of the mapped ground that is right, recall the share of the labelled ground that was found, F1 the balance of both.',
    ],
    [
      'Objects',
      `A mapped object (a connected patch) finds a labelled one if both overlap by an IoU of ${settings.matchIou} or more. ${settings.labelObjects === 'polygons' ? 'Labels that are vectors stay separate though they touch; a patch that covers a row of touching houses finds none of them.' : 'Labels that touch are one object.'} Objects below ${settings.minObjectM2} m² are left out, and so are objects of which less than half lies on ground that can be judged.`,
    ],
    [
      'Boundaries',
      `Share of the outline that has its counterpart within ${settings.boundaryMetres.toFixed(2)} m, both ways. Edges of the scene and of unlabelled ground are no outlines.`,
    ],
    [
      'The 95 % ranges',
      `Neighbouring pixels err together, so the ground was cut into blocks of ${settings.blockMetres} m and the blocks were drawn anew ${settings.bootstrap.replicates} times. The range says how much the score could change with other ground of the same kind; it says nothing of other places. With fewer than ${settings.minReliableBlocks} blocks it is too narrow.`,
    ],
    [
      'Calibration error',
      'A map that says 90 % should be right in nine of ten such pixels. The error is the mean distance from that, over all labelled pixels.',
    ],
    [
      'Seam score',
      'Mean difference between the predictions of two neighbouring chips where they meet. At 0 nobody could tell where the scene was cut.',
    ],
  ];
  return html`<section class="read">
    <h2>How to read this page</h2>
    <dl>
      ${items.map(
        ([name, text]) =>
          html`<dt>${name}</dt>
            <dd>${text}</dd>`,
      )}
    </dl>
  </section>`;
}
