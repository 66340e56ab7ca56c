import { useEffect, useRef, useState, type PointerEvent } from 'react';
import type { Box } from './camera.ts';
import { useMap } from './map-context.ts';

interface Corner {
  readonly x: number;
  readonly y: number;
}

interface DrawAreaProps {
  readonly onDrawn: (box: Box) => void;
  readonly onCancel: () => void;
}

/** Lies over the map while an area is drawn: from one corner to the other. Escape leaves it. */
export function DrawArea({ onDrawn, onCancel }: DrawAreaProps) {
  const map = useMap();
  const sheet = useRef<HTMLDivElement>(null);
  const [corners, setCorners] = useState<readonly [Corner, Corner] | null>(null);
  useEffect(() => {
    const cancel = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onCancel();
    };
    addEventListener('keydown', cancel);
    return () => removeEventListener('keydown', cancel);
  }, [onCancel]);
  const cornerAt = (event: PointerEvent): Corner => {
    const { left, top } = sheet.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const finish = (event: PointerEvent): void => {
    if (map === null || corners === null) return;
    const [from, to] = [corners[0], cornerAt(event)];
    setCorners(null);
    if (Math.abs(from.x - to.x) < 4 || Math.abs(from.y - to.y) < 4) return;
    const low = map.unproject([Math.min(from.x, to.x), Math.max(from.y, to.y)]);
    const high = map.unproject([Math.max(from.x, to.x), Math.min(from.y, to.y)]);
    onDrawn([low.lng, low.lat, high.lng, high.lat]);
  };
  return (
    <div
      ref={sheet}
      className="draw-sheet"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const corner = cornerAt(event);
        setCorners([corner, corner]);
      }}
      onPointerMove={(event) => {
        if (corners !== null) setCorners([corners[0], cornerAt(event)]);
      }}
      onPointerUp={finish}
    >
      {corners !== null && <div className="draw-box" style={rectangle(corners)} />}
      <p className="map-note" role="status">
        Drag from one corner of the area to the other. Escape stops.
      </p>
    </div>
  );
}

const rectangle = ([from, to]: readonly [Corner, Corner]) => ({
  left: Math.min(from.x, to.x),
  top: Math.min(from.y, to.y),
  width: Math.abs(from.x - to.x),
  height: Math.abs(from.y - to.y),
});
