import { useEffect, useMemo, useState } from 'react';
import type { SceneView } from '../api/answers.ts';
import { boxesMeet, boxOf, type Box } from './camera.ts';
import { useMap } from './map-context.ts';

/** A scene that covers less of the view's width is a dot. */
const LEAST_WIDTH = 1 / 100;

/** The scenes in view, sorted by name; of more than `most`, those that fill most of it. */
export function useScenesInView(scenes: readonly SceneView[], most: number): readonly SceneView[] {
  const view = useView();
  return useMemo(
    () =>
      view === null
        ? []
        : scenes
            .filter(({ bbox }) => isSeen(boxOf(bbox), view))
            .map((scene) => ({ scene, share: sharedArea(boxOf(scene.bbox), view) }))
            .sort((a, b) => b.share - a.share)
            .slice(0, most)
            .map(({ scene }) => scene)
            .sort((a, b) => a.id.localeCompare(b.id)),
    [scenes, view, most],
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

/** Square degrees that two boxes share. */
export function sharedArea(box: Box, view: Box): number {
  const width = Math.min(box[2], view[2]) - Math.max(box[0], view[0]);
  const height = Math.min(box[3], view[3]) - Math.max(box[1], view[1]);
  return width * height;
}
