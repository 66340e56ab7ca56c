import type { SceneView } from '../../api/answers.ts';
import { TileLayer } from '../../map/tile-layer.tsx';
import { useScenesInView } from '../../map/use-scenes-in-view.ts';
import { liveText, liveTileJson, type LiveChoice } from './live-choice.ts';

/** Predicted at once: more would make everybody wait. */
const MOST_SCENES = 3;

/** What a model says of the scenes in view; it is worked out as one looks. */
export function LiveLayers({ live, scenes }: { live: LiveChoice; scenes: readonly SceneView[] }) {
  const shown = useScenesInView(scenes, MOST_SCENES);
  return shown.map(({ id }) => (
    <TileLayer
      key={`${liveText(live)} ${id}`}
      id={`live/${id}`}
      from={liveTileJson(live, id)}
      opacity={0.7}
      order={30}
      crisp={live.layer === 'class' || live.layer === 'bucket'}
    />
  ));
}
