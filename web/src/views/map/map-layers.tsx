import type { RunView, SceneView } from '../../api/answers.ts';
import { CRISP, LAYERS, mapTileJson, type ShownLayer } from '../../map/layer-list.ts';
import { SceneImagery } from '../../map/scene-imagery.tsx';
import { TileLayer } from '../../map/tile-layer.tsx';

interface MapLayersProps {
  readonly run: RunView | null;
  readonly scenes: readonly SceneView[];
  readonly shown: readonly ShownLayer[];
}

/** The layers that are chosen, in their order. */
export function MapLayers({ run, scenes, shown }: MapLayersProps) {
  return shown.map(({ name, opacity }) => {
    const order = 10 + LAYERS.findIndex((layer) => layer.name === name);
    if (name === 'imagery')
      return <SceneImagery key={name} scenes={scenes} opacity={opacity} order={order} />;
    if (run === null) return null;
    const crisp = CRISP.includes(name);
    return (
      <TileLayer
        // Read anew when another scene is finished, so that a run in progress fills in.
        key={`${run.id}/${name}/${run.scenes.filter(({ status }) => status === 'done').length}`}
        id={`map/${name}`}
        from={mapTileJson(run.id, name)}
        {...{ opacity, order, crisp }}
      />
    );
  });
}
