import type { SceneView } from '../api/answers.ts';
import { sceneTileJson } from './layer-list.ts';
import { TileLayer } from './tile-layer.tsx';
import { useScenesInView } from './use-scenes-in-view.ts';

/** Scenes drawn at once; of more, those that fill most of the view. */
const MOST_SCENES = 24;

interface SceneImageryProps {
  readonly scenes: readonly SceneView[];
  readonly opacity: number;
  readonly order: number;
}

/** The imagery of the scenes in view. */
export function SceneImagery({ scenes, opacity, order }: SceneImageryProps) {
  const shown = useScenesInView(scenes, MOST_SCENES);
  return (
    <>
      {shown.map(({ id }) => (
        <TileLayer key={id} id={`imagery/${id}`} from={sceneTileJson(id)} opacity={opacity} order={order} />
      ))}
    </>
  );
}
