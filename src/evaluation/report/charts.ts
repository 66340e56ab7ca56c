import type { Interval } from '../bootstrap.ts';
import type { ScoreSet } from '../schema.ts';
import { short } from './format.ts';
import { html, type Markup } from './html.ts';

const SIZE = { width: 520, height: 330, left: 62, right: 14, top: 12, bottom: 42 };

interface Scale {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function scaleOf(range: { x: [number, number]; y: [number, number] }): Scale {
  const { width, height, left, right, top, bottom } = SIZE;
  const span = ([from, to]: [number, number]) => (to > from ? to - from : 1);
  return {
    x: (value) => Number((left + ((value - range.x[0]) / span(range.x)) * (width - left - right)).toFixed(1)),
    y: (value) =>
      Number((height - bottom - ((value - range.y[0]) / span(range.y)) * (height - top - bottom)).toFixed(1)),
  };
}

/** A score and its interval on a line from 0 to 1. */
export function forestMark(value: number | null, interval: Interval | null): Markup {
  const at = (v: number) => (4 + 182 * v).toFixed(1);
  return html`<svg class="forest" viewBox="0 0 190 18" role="img" aria-label="score on a line from 0 to 1">
    <line class="axis" x1="4" x2="186" y1="9" y2="9" />
    ${[0, 0.5, 1].map((v) => html`<line class="axis" x1="${at(v)}" x2="${at(v)}" y1="4" y2="14" />`)}
    ${interval !== null && html`<line class="a" x1="${at(interval.low)}" x2="${at(interval.high)}" y1="9" y2="9" />`}
    ${value !== null && html`<circle class="fa" cx="${at(value)}" cy="9" r="4.5" />`}
  </svg>`;
}

/** Share of right pixels against stated confidence; the area of a dot is its share of the pixels. */
export function reliabilityChart(reliability: NonNullable<ScoreSet['reliability']>): Markup {
  const { x, y } = scaleOf({ x: [0, 1], y: [0, 1] });
  const most = Math.max(1, ...reliability.bins.map(({ pixels }) => pixels));
  const dots = reliability.bins.flatMap(({ confidence, accuracy, pixels }) =>
    confidence === null || accuracy === null
      ? []
      : [{ confidence, accuracy, radius: 3 + 9 * Math.sqrt(pixels / most) }],
  );
  return html`<svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="Reliability diagram">
    ${ticks([0, 0.25, 0.5, 0.75, 1], [0, 0.25, 0.5, 0.75, 1], { x, y })}
    <line class="ideal" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" />
    <polyline class="a" points="${dots.map((d) => `${x(d.confidence)},${y(d.accuracy)}`).join(' ')}" />
    ${dots.map((d) => html`<circle class="fa" cx="${x(d.confidence)}" cy="${y(d.accuracy)}" r="${d.radius.toFixed(1)}" fill-opacity=".75" />`)}
    ${axisTitles('confidence of the map', 'share of pixels that are right')}
    <text x="${x(0.03)}" y="${y(0.9)}">above the line: too modest</text>
    <text x="${x(0.98)}" y="${y(0.05)}" text-anchor="end">below the line: too sure</text>
  </svg>`;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Up to two curves over training steps, named at their ends. */
export function curveChart(title: string, curves: readonly Curve[], bounds: { unitMax: boolean }): Markup {
  const all = curves.flatMap(({ points }) => points);
  const last = Math.max(...all.map(([step]) => step));
  const top = bounds.unitMax ? 1 : niceCeiling(Math.max(...all.map(([, value]) => value)));
  const { x, y } = scaleOf({ x: [0, last], y: [0, top] });
  const names = curves.map((curve, i) => ({ ...curve, line: i === 0 ? 'a' : 'b' }));
  return html`<figure>
    <h3>${title}</h3>
    <svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${title}">
      ${ticks([0, last / 2, last].map(Math.round), [0, top / 4, top / 2, (3 * top) / 4, top], { x, y })}
      ${names.map(({ points, line }) => html`<polyline class="${line}" points="${points.map(([step, value]) => `${x(step)},${y(value)}`).join(' ')}" />`)}
      ${names.map(({ name, line }, i) => html`<text class="t${line}" x="${SIZE.width - SIZE.right - 4}" y="${bounds.unitMax ? SIZE.height - SIZE.bottom - 12 - 18 * i : SIZE.top + 16 + 18 * i}" text-anchor="end">${line === 'a' ? '—' : '- -'} ${name}</text>`)}
      ${axisTitles('step', '')}
    </svg>
  </figure>`;
}

function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-6)));
  return ([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function ticks(xs: readonly number[], ys: readonly number[], { x, y }: Scale): Markup {
  const { width, height, left, right, bottom } = SIZE;
  return html`${ys.map((v) => html`<line class="axis" x1="${left}" x2="${width - right}" y1="${y(v)}" y2="${y(v)}" /><text x="${left - 6}" y="${y(v) + 4}" text-anchor="end">${short(v)}</text>`)}
  ${xs.map((v) => html`<text x="${x(v)}" y="${height - bottom + 17}" text-anchor="${v === xs.at(-1) ? 'end' : 'middle'}">${short(v)}</text>`)}`;
}

const axisTitles = (below: string, beside: string): Markup =>
  html`<text x="${(SIZE.left + SIZE.width - SIZE.right) / 2}" y="${SIZE.height - 6}" text-anchor="middle"
      >${below}</text
    >${beside !== '' && html`<text transform="translate(14 ${(SIZE.height - SIZE.bottom + SIZE.top) / 2}) rotate(-90)" text-anchor="middle">${beside}</text>`}`;
