import { useEffect, useRef, useState, type ReactNode } from 'react';

const FIRST_WIDTH = 460;

interface ChartFrameProps {
  readonly title: string;
  readonly keys?: readonly { readonly name: string; readonly colour: string }[];
  /** Stands beside the title. */
  readonly note?: string;
  /** What the chart shows, for who cannot see it. */
  readonly says: string;
  readonly height: number;
  /** Draws it into so many pixels. */
  readonly children: (width: number) => ReactNode;
}

/** A chart as wide as there is room, so that its text keeps its size. */
export function ChartFrame({ title, keys = [], note, says, height, children }: ChartFrameProps) {
  const frame = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(FIRST_WIDTH);
  useEffect(() => {
    const { current } = frame;
    if (current === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.max(220, Math.min(560, current.clientWidth))));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return (
    <figure ref={frame} className="chart">
      <figcaption>
        {title}
        {keys.map(({ name, colour }) => (
          <span key={name} className="quiet">
            <span className="swatch inline" style={{ background: colour }} /> {name}
          </span>
        ))}
        {note !== undefined && <span className="quiet">{note}</span>}
      </figcaption>
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${title}. ${says}`}
      >
        {children(width)}
      </svg>
    </figure>
  );
}
