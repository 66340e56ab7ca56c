import type { Evaluation } from '../../api/answers.ts';
import { ChartFrame } from '../../parts/chart-frame.tsx';
import { percent } from '../../parts/format.ts';
import { linear, niceTicks, tickText } from '../../parts/scale.ts';

type Found = NonNullable<NonNullable<Evaluation['headline']>['pooled']['reliability']>;

const HEIGHT = 230;
const EDGE = { left: 42, right: 12, top: 12, bottom: 36 };
const BARS = 40;

/** Whether a confidence means what it says: the share of right pixels over the confidence stated. */
export function Reliability({ reliability }: { reliability: Found }) {
  const { bins, pixels, expectedCalibrationError, meanConfidence, accuracy } = reliability;
  const y = linear([0, 1], [HEIGHT - EDGE.bottom, EDGE.top]);
  const filled = bins.filter(({ confidence, accuracy: right }) => confidence !== null && right !== null);
  const most = Math.max(...bins.map((bin) => bin.pixels), 1);
  const says = filled.map((bin) => `stated ${percent(bin.confidence)}: right ${percent(bin.accuracy)}`);
  return (
    <ChartFrame
      title="Reliability"
      note={`calibration error ${percent(expectedCalibrationError, 1)}; stated ${percent(meanConfidence, 1)}, right ${percent(accuracy, 1)}`}
      says={`Over ${pixels} pixels. ${says.join('; ')}.`}
      height={HEIGHT + BARS}
    >
      {(width) => {
        const x = linear([0, 1], [EDGE.left, width - EDGE.right]);
        return (
          <>
            {niceTicks(0, 1).map((tick) => (
              <g key={tick}>
                <line className="grid" x1={x(0)} x2={x(1)} y1={y(tick)} y2={y(tick)} />
                <text x={x(0) - 6} y={y(tick)} textAnchor="end" dominantBaseline="middle">
                  {tickText(tick)}
                </text>
                <text x={x(tick)} y={HEIGHT - EDGE.bottom + 15} textAnchor="middle">
                  {tickText(tick)}
                </text>
              </g>
            ))}
            <line className="ideal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
            <polyline
              className="curve first"
              points={filled.map((bin) => `${x(bin.confidence ?? 0)},${y(bin.accuracy ?? 0)}`).join(' ')}
            />
            {filled.map((bin) => (
              <circle
                key={bin.from}
                className="first"
                cx={x(bin.confidence ?? 0)}
                cy={y(bin.accuracy ?? 0)}
                r={3.5}
              />
            ))}
            {bins.map((bin) => {
              const height = (BARS - 14) * Math.sqrt(bin.pixels / most);
              return (
                <rect
                  key={bin.from}
                  className="bin"
                  x={x(bin.from) + 0.5}
                  width={x(bin.to) - x(bin.from) - 1}
                  y={HEIGHT + BARS - 6 - height}
                  height={height}
                />
              );
            })}
            <text x={x(1)} y={HEIGHT - 6} textAnchor="end">
              confidence stated
            </text>
            <text x={x(0) + 4} y={EDGE.top + 12}>
              share right
            </text>
          </>
        );
      }}
    </ChartFrame>
  );
}
