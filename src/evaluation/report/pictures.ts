import { OUTCOMES } from './paint.ts';
import { html, type HtmlValue, type Markup } from './html.ts';
import type { PictureSet } from './report-data.ts';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly text?: string;
}

const pct = (share: number): string => `${(100 * share).toFixed(2)}%`;

/** A picture with a caption, boxes drawn over it (shares of its size) and, on request, a bar of so many metres. */
export function picture(
  source: string,
  caption: HtmlValue,
  set: PictureSet,
  over: { readonly alt: string; readonly boxes?: readonly Box[]; readonly bar?: boolean },
): Markup {
  const bar = niceLength(set.metresWide / 4);
  return html`<figure>
    <div class="pic">
      <img
        src="${source}"
        width="${set.width}"
        height="${set.height}"
        alt="${over.alt}"
      />${(over.boxes ?? []).map((box) => html`<div class="box" style="left:${pct(box.left)};top:${pct(box.top)};width:${pct(box.width)};height:${pct(box.height)}">${box.text !== undefined && html`<span>${box.text}</span>`}</div>`)}${over.bar === true && html`<div class="bar" style="width:${pct(bar / set.metresWide)}">${bar >= 1000 ? `${bar / 1000} km` : `${bar} m`}</div>`}
    </div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** The largest of 1, 2, 5 times a power of ten that is not above. */
export function niceLength(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  return ([5, 2, 1].find((step) => step * power <= metres) ?? 1) * power;
}

/** The colours of classes and of the error map. */
export function legend(classes: readonly { readonly name: string; readonly colour: string }[]): Markup {
  const outcomes = Object.entries(OUTCOMES).filter(([name]) => name !== 'confused' || classes.length > 1);
  return html`<div class="legend">
      <b>Map:</b
      >${classes.map(({ name, colour }) => html`<span><i style="background:${colour}"></i>${name}</span>`)}
    </div>
    <div class="legend">
      <b>Errors:</b
      >${outcomes.map(([, { colour, text }]) => html`<span><i style="background:${colour}"></i>${text}</span>`)}<span
        ><i class="stripes"></i>no label: not judged</span
      >
    </div>`;
}
