import { ChartFrame } from './chart-frame.tsx';
import { score } from './format.ts';
import { linear, niceTicks, tickText } from './scale.ts';

export interface Interval {
  readonly value: number | null;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly colour: string;
  readonly name: string;
}

export interface IntervalRow {
  readonly label: string;
  readonly intervals: readonly Interval[];
}

interface IntervalChartProps {
  readonly title: string;
  readonly rows: readonly IntervalRow[];
  /** Of the names and colours of a row's intervals, once. */
  readonly keys?: readonly { readonly name: string; readonly colour: string }[];
}

const LABEL = 128;
const SCORE = 46;
const LINE = 14;

/** Scores from 0 to 1 with their intervals, row by row; also readable as a list. */
export function IntervalChart({ title, rows, keys = [] }: IntervalChartProps) {
  const heights = rows.map(({ intervals }) => Math.max(1, intervals.length) * LINE + 8);
  const starts = heights.map((_, i) => heights.slice(0, i).reduce((sum, height) => sum + height, 4));
  const height = heights.reduce((sum, one) => sum + one, 4) + 22;
  const says = rows
    .map(
      ({ label, intervals }) =>
        `${label}: ${intervals.map(({ name, value }) => `${name} ${score(value)}`).join(', ')}`,
    )
    .join('; ');
  return (
    <ChartFrame title={title} says={`${says}.`} height={height} keys={keys}>
      {(width) => {
        const x = linear([0, 1], [LABEL, width - SCORE]);
        return (
          <>
            {niceTicks(0, 1).map((tick) => (
              <g key={tick}>
                <line className="grid" x1={x(tick)} x2={x(tick)} y1={0} y2={height - 18} />
                <text x={x(tick)} y={height - 4} textAnchor="middle">
                  {tickText(tick)}
                </text>
              </g>
            ))}
            {rows.map(({ label, intervals }, row) => (
              <g key={label} transform={`translate(0 ${starts[row] ?? 0})`}>
                <text
                  className="row-label"
                  x={LABEL - 10}
                  y={(heights[row] ?? 0) / 2}
                  textAnchor="end"
                  dominantBaseline="middle"
                >
                  {label.length > 19 ? `${label.slice(0, 18)}…` : label}
                </text>
                {intervals.map((interval, i) => (
                  <IntervalMark
                    key={interval.name}
                    {...{ interval, x, end: width }}
                    y={4 + LINE * (i + 0.5)}
                  />
                ))}
              </g>
            ))}
          </>
        );
      }}
    </ChartFrame>
  );
}

interface MarkProps {
  readonly interval: Interval;
  readonly x: (value: number) => number;
  readonly y: number;
  readonly end: number;
}

function IntervalMark({ interval: { value, low, high, colour }, x, y, end }: MarkProps) {
  if (value === null) {
    return (
      <text x={x(0) + 6} y={y} dominantBaseline="middle">
        not judged
      </text>
    );
  }
  const ranged = low !== null && low !== undefined && high !== null && high !== undefined;
  return (
    <>
      {ranged && (
        <rect
          x={x(low)}
          width={Math.max(1, x(high) - x(low))}
          y={y - 5}
          height={10}
          fill={colour}
          opacity={0.35}
        />
      )}
      <circle cx={x(value)} cy={y} r={3} fill={colour} />
      <text x={end - 2} y={y} textAnchor="end" dominantBaseline="middle">
        {score(value)}
      </text>
    </>
  );
}
