/** A line of a chart; `y` on the panel's own axis. A curve without a name is not in the legend. */
export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly width?: number;
  readonly dots?: boolean;
}

export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly curves: readonly Curve[];
  /** Where the axis begins and ends; found from the points where left out. */
  readonly range?: readonly [number, number];
  /** A point to be pointed out. */
  readonly mark?: { readonly x: number; readonly y: number; readonly text: string };
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  /** What a value on the x axis is called; the number itself where left out. */
  readonly xName?: (x: number) => string;
  readonly panels: readonly Panel[];
}

const WIDTH = 960;
const PANEL_HEIGHT = 300;
const HEAD = 76;
const FOOT = 52;
const LEFT = 74;
const RIGHT = 30;
const PANEL_TOP = 40;
const PANEL_BOTTOM = 14;
const FONT = 'DejaVu Sans, Liberation Sans, Arial, sans-serif';
const INK = '#1f2933';
const FAINT = '#52606d';
const GRID = '#e4e7eb';

/** A chart of panels one below the other over a common x axis, as SVG text. Pure; the same chart gives the same text. */
export function drawChart(chart: Chart): string {
  const height = HEAD + chart.panels.length * PANEL_HEIGHT + FOOT;
  const xs = chart.panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([x]) => x)));
  const xAxis = axis([0, Math.max(1, ...xs)], 8);
  const xName = chart.xName ?? label;
  const toX = (x: number) => LEFT + ((x - xAxis.from) / (xAxis.to - xAxis.from)) * (WIDTH - LEFT - RIGHT);
  const bottom = HEAD + chart.panels.length * PANEL_HEIGHT - PANEL_BOTTOM;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${FONT}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(24, 34, chart.title, { size: 20, weight: 'bold' }),
    text(24, 58, chart.subtitle, { size: 13, colour: FAINT }),
    ...chart.panels.flatMap((panel, i) =>
      drawPanel(panel, { top: HEAD + i * PANEL_HEIGHT, xTicks: xAxis.ticks, toX }),
    ),
    ...xAxis.ticks.map((tick) =>
      text(toX(tick), bottom + 18, xName(tick), { size: 12, anchor: 'middle', colour: FAINT }),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, bottom + 40, chart.xLabel, { size: 13, anchor: 'middle' }),
    '</svg>',
  ].join('\n');
}

interface Frame {
  readonly top: number;
  readonly xTicks: readonly number[];
  readonly toX: (x: number) => number;
}

function drawPanel(panel: Panel, frame: Frame): string[] {
  const [top, bottom] = [frame.top + PANEL_TOP, frame.top + PANEL_HEIGHT - PANEL_BOTTOM];
  const ys = panel.curves.flatMap(({ points }) => points.map(([, y]) => y));
  const y = axis(panel.range ?? paddedRange(ys), 5);
  const toY = (value: number) =>
    bottom - ((Math.min(y.to, Math.max(y.from, value)) - y.from) / (y.to - y.from)) * (bottom - top);
  const edge = WIDTH - RIGHT;
  return [
    text(LEFT, frame.top + 22, panel.title, { size: 14, weight: 'bold' }),
    text(LEFT - 10, frame.top + 22, panel.unit, { size: 12, anchor: 'end', colour: FAINT }),
    ...legend(panel.curves, frame.top + 22),
    ...frame.xTicks.map((tick) => line(frame.toX(tick), top, frame.toX(tick), bottom, GRID)),
    ...y.ticks.flatMap((tick) => [
      line(LEFT, toY(tick), edge, toY(tick), GRID),
      text(LEFT - 8, toY(tick) + 4, label(tick), { size: 12, anchor: 'end', colour: FAINT }),
    ]),
    line(LEFT, bottom, edge, bottom, FAINT),
    line(LEFT, top, LEFT, bottom, FAINT),
    ...panel.curves.flatMap((curve) => drawCurve(curve, frame.toX, toY)),
    ...(panel.mark === undefined ? [] : drawMark(panel.mark, frame.toX(panel.mark.x), toY(panel.mark.y))),
  ];
}

function drawCurve(
  { points, colour, width = 2, dots = false }: Curve,
  toX: (x: number) => number,
  toY: (y: number) => number,
): string[] {
  const at = points.map(([x, y]) => [fixed(toX(x)), fixed(toY(y))] as const);
  const path = at.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  return [
    ...(path === ''
      ? []
      : [
          `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"/>`,
        ]),
    ...(dots || points.length === 1
      ? at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`)
      : []),
  ];
}

function drawMark(mark: { text: string }, x: number, y: number): string[] {
  const left = x > WIDTH * 0.7;
  return [
    `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="6" fill="none" stroke="${INK}" stroke-width="1.5"/>`,
    text(left ? x - 10 : x + 10, y - 10, mark.text, { size: 12, anchor: left ? 'end' : 'start' }),
  ];
}

/** Names with their colours, right-aligned above the panel; none where one curve says it all. */
function legend(curves: readonly Curve[], y: number): string[] {
  const named = curves.filter(({ name }) => name !== '');
  if (named.length < 2) return [];
  const widths = named.map(({ name }) => 6.9 * name.length + 44);
  let x = WIDTH - RIGHT - widths.reduce((sum, width) => sum + width, 0);
  return named.flatMap(({ name, colour, width = 2 }, i) => {
    const start = x + 18;
    x += widths[i] ?? 0;
    return [
      line(start, y - 4, start + 18, y - 4, colour, width),
      text(start + 24, y, name, { size: 12, colour: FAINT }),
    ];
  });
}

function paddedRange(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** A range that begins and ends on round numbers, with about `count` steps between. */
export function axis(
  [low, high]: readonly [number, number],
  count: number,
): { from: number; to: number; ticks: number[] } {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const from = Math.floor(low / step + 1e-9) * step;
  const to = Math.ceil(high / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) =>
    Number((from + i * step).toPrecision(12)),
  );
  return { from, to, ticks };
}

const label = (value: number): string => Number(value.toPrecision(6)).toLocaleString('en');
const fixed = (value: number): string => value.toFixed(1);
const escape = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const line = (
  ...[x1, y1, x2, y2, colour, width = 1]: [number, number, number, number, string, number?]
): string =>
  `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" stroke="${colour}" stroke-width="${width}"/>`;

function text(
  x: number,
  y: number,
  content: string,
  style: { size: number; weight?: string; anchor?: string; colour?: string },
): string {
  const { size, weight = 'normal', anchor = 'start', colour = INK } = style;
  return `<text x="${fixed(x)}" y="${fixed(y)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${colour}" stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke">${escape(content)}</text>`;
}
