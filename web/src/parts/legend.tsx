import type { LegendEntry } from '../api/answers.ts';
import { tickText } from './scale.ts';

/** Which colour means what. */
export function Legend({ title, entries }: { title: string; entries: readonly LegendEntry[] }) {
  return (
    <figure className="key">
      <figcaption>{title}</figcaption>
      <ul className="legend">
        {entries.map(({ value, label, color }) => (
          <li key={value}>
            <span className="swatch" style={{ background: color }} />
            {label}
          </li>
        ))}
      </ul>
    </figure>
  );
}

interface RampProps {
  readonly title: string;
  readonly low: number;
  readonly high: number;
  /** At even steps from the low to the high end. */
  readonly colors: readonly string[];
}

/** A scale of values. */
export function Ramp({ title, low, high, colors }: RampProps) {
  return (
    <figure className="key">
      <figcaption>{title}</figcaption>
      <div className="ramp" style={{ background: `linear-gradient(to right, ${colors.join(', ')})` }} />
      <div className="ramp-ends">
        <span>{tickText(low)}</span>
        <span>{tickText(high)}</span>
      </div>
    </figure>
  );
}
