import { useEffect, useMemo, useState } from 'react';
import type { SceneView } from '../api/answers.ts';
import { boxOf, boxesMeet, type Box } from './camera.ts';
import { sceneTileJson } from './layer-list.ts';
import { useMap } from './map-context.ts';
import { TileLayer } from './tile-layer.tsx';

/** A scene that covers less of the view's width is a dot. */
const LEAST_WIDTH = 1 / 100;

/** Scenes drawn at once; of more, those that fill most of the view. */
const MOST_SCENES = 24;

interface SceneImageryProps {
  readonly scenes: readonly SceneView[];
  readonly opacity: number;
  readonly order: number;
}

/** The imagery of the scenes in view. */
export function SceneImagery({ scenes, opacity, order }: SceneImageryProps) {
  const view = useView();
  const shown = useMemo(
    () =>
      view === null
        ? []
        : scenes
            .filter(({ bbox }) => isSeen(boxOf(bbox), view))
            .map((scene) => ({ id: scene.id, share: shareOf(boxOf(scene.bbox), view) }))
            .sort((a, b) => b.share - a.share)
            .slice(0, MOST_SCENES)
            .map(({ id }) => id)
            .sort((a, b) => a.localeCompare(b)),
    [scenes, view],
  );
  return (
    <>
      {shown.map((id) => (
        <TileLayer key={id} id={`imagery/${id}`} from={sceneTileJson(id)} opacity={opacity} order={order} />
      ))}
    </>
  );
}

const isSeen = (box: Box, view: Box): boolean =>
  boxesMeet(box, view) && box[2] - box[0] > LEAST_WIDTH * (view[2] - view[0]);

/** What the map shows, after each move. */
function useView(): Box | null {
  const map = useMap();
  const [view, setView] = useState<Box | null>(null);
  useEffect(() => {
    if (map === null) return undefined;
    const look = (): void => {
      const bounds = map.getBounds();
      setView([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
    };
    look();
    const subscription = map.on('moveend', look);
    return () => subscription.unsubscribe();
  }, [map]);
  return view;
}

function shareOf(box: Box, view: Box): number {
  const width = Math.min(box[2], view[2]) - Math.max(box[0], view[0]);
  const height = Math.min(box[3], view[3]) - Math.max(box[1], view[1]);
  return width * height;
}
