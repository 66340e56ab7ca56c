import { ChartFrame } from './chart-frame.tsx';
import { linear, niceTicks, tickText } from './scale.ts';

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A dot on every point, where they are few. */
  readonly dots?: boolean;
}

interface LineChartProps {
  readonly title: string;
  /** What it shows, for who cannot see it. */
  readonly says: string;
  readonly lines: readonly Line[];
  readonly xName: string;
  readonly yRange?: readonly [number, number];
}

const HEIGHT = 220;
const EDGE = { left: 42, right: 12, top: 12, bottom: 34 };

/** Lines over a common axis. */
export function LineChart({ title, says, lines, xName, yRange }: LineChartProps) {
  const all = lines.flatMap(({ points }) => points);
  const xs = rangeOf([0, ...all.map(([x]) => x)]);
  const ys = yRange ?? rangeOf(all.map(([, y]) => y));
  const y = linear(ys, [HEIGHT - EDGE.bottom, EDGE.top]);
  return (
    <ChartFrame title={title} says={says} height={HEIGHT} keys={lines.length > 1 ? lines : []}>
      {(width) => {
        const x = linear(xs, [EDGE.left, width - EDGE.right]);
        return (
          <>
            {niceTicks(...ys, 4).map((tick) => (
              <g key={tick}>
                <line className="grid" x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
                <text x={EDGE.left - 6} y={y(tick)} textAnchor="end" dominantBaseline="middle">
                  {tickText(tick)}
                </text>
              </g>
            ))}
            {niceTicks(...xs, 5).map((tick) => (
              <text key={tick} x={x(tick)} y={HEIGHT - EDGE.bottom + 16} textAnchor="middle">
                {tickText(tick)}
              </text>
            ))}
            <text x={width - EDGE.right} y={HEIGHT - 4} textAnchor="end">
              {xName}
            </text>
            {lines.map((line) => (
              <Curve key={line.name} line={line} x={x} y={y} />
            ))}
          </>
        );
      }}
    </ChartFrame>
  );
}

interface CurveProps {
  readonly line: Line;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function Curve({ line: { colour, points, dots }, x, y }: CurveProps) {
  return (
    <>
      <polyline
        className="curve"
        stroke={colour}
        points={points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ')}
      />
      {dots === true &&
        points.map(([px, py]) => <circle key={px} cx={x(px)} cy={y(py)} r={3} fill={colour} />)}
    </>
  );
}

function rangeOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.length === 0 ? [0, 1] : [low, high === low ? low + 1 : high];
}
