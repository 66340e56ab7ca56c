import type { RunView, TileJson } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { LAYERS, mapTileJson, type LayerName, type ShownLayer } from '../../map/layer-list.ts';
import { Legend, Ramp } from '../../parts/legend.tsx';

/** What the colours of the shown layers mean. */
export function Legends({ run, shown }: { run: RunView; shown: readonly ShownLayer[] }) {
  return shown
    .filter(({ name }) => name !== 'imagery')
    .toReversed()
    .map(({ name }) => <LayerLegend key={name} run={run.id} layer={name} />);
}

function LayerLegend({ run, layer }: { run: string; layer: LayerName }) {
  const { data } = useResource<TileJson>(mapTileJson(run, layer));
  const title = LAYERS.find(({ name }) => name === layer)?.label ?? layer;
  if (data?.legend !== undefined) return <Legend title={title} entries={data.legend} />;
  return data?.ramp === undefined ? null : <Ramp title={title} {...data.ramp} />;
}
