import { useMap } from './map-context.ts';

/** For who moves the map by the keyboard: what a click in its middle does. */
export function ExplainCentre({ onPlace }: { onPlace: (lonLat: [number, number]) => void }) {
  const map = useMap();
  const ask = (): void => {
    const centre = map?.getCenter();
    if (centre !== undefined) onPlace([centre.lng, centre.lat]);
  };
  return (
    <button type="button" className="explain-centre" onClick={ask}>
      Explain the middle
    </button>
  );
}
