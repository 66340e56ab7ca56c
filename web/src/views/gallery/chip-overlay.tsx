import { MapboxOverlay } from '@deck.gl/mapbox';
import { useEffect, useState } from 'react';
import { useMap } from '../../map/map-context.ts';
import { chipsOnDeck } from './chip-points.ts';
import type { CloudProps } from './cloud-props.ts';

/** All chips where they lie, on the map. */
export function ChipOverlay({ chips, shown, found, chosen, dark, onChip }: CloudProps): null {
  const map = useMap();
  const [overlay, setOverlay] = useState<MapboxOverlay | null>(null);
  useEffect(() => {
    if (map === null) return undefined;
    const made = new MapboxOverlay({ interleaved: false, layers: [], pickingRadius: 4 });
    map.addControl(made);
    const timer = setTimeout(() => setOverlay(made));
    return () => {
      clearTimeout(timer);
      setOverlay(null);
      // A map that was taken down before took its controls with it.
      if (map.hasControl(made)) map.removeControl(made);
    };
  }, [map]);
  useEffect(() => {
    overlay?.setProps(
      chipsOnDeck(
        { chips, shown, found, chosen, dark, onChip },
        {
          id: 'chips',
          position: (chip) => [chips.lon[chip] ?? 0, chips.lat[chip] ?? 0],
          radius: 5,
          about: () => '',
        },
      ),
    );
  }, [overlay, chips, shown, found, chosen, dark, onChip]);
  return null;
}
