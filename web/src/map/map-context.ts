import type { Map as MapLibreMap } from 'maplibre-gl';
import { createContext, useContext } from 'react';

/** The map that layers add themselves to; null until its style stands. */
export const MapContext = createContext<MapLibreMap | null>(null);

export const useMap = (): MapLibreMap | null => useContext(MapContext);
