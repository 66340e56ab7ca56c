import { defaultOpacity, LAYERS, type LayerName, type ShownLayer } from '../../map/layer-list.ts';

interface LayerRowsProps {
  readonly available: readonly LayerName[];
  readonly shown: readonly ShownLayer[];
  readonly onShown: (shown: readonly ShownLayer[], options: { replace: boolean }) => void;
}

/** Which layers lie on the map, and how strongly. The uppermost stands first. */
export function LayerRows({ available, shown, onShown }: LayerRowsProps) {
  const rows = LAYERS.filter(({ name }) => available.includes(name)).reverse();
  const set = (name: LayerName, opacity: number | null, replace = false): void => {
    const others = new Map(shown.map((layer) => [layer.name, layer.opacity]));
    if (opacity === null) others.delete(name);
    else others.set(name, opacity);
    onShown(
      LAYERS.flatMap((layer) => {
        const value = others.get(layer.name);
        return value === undefined ? [] : [{ name: layer.name, opacity: value }];
      }),
      { replace },
    );
  };
  return (
    <ul className="list layers">
      {rows.map(({ name, label, says }) => {
        const layer = shown.find((one) => one.name === name);
        return (
          <li key={name} className={layer === undefined ? 'layer' : 'layer on'}>
            <label>
              <input
                type="checkbox"
                checked={layer !== undefined}
                onChange={({ target }) => set(name, target.checked ? defaultOpacity(name) : null)}
              />
              <span>{label}</span>
              <span className="quiet">{says}</span>
            </label>
            {layer !== undefined && (
              <input
                type="range"
                min={0}
                max={100}
                step={5}
                value={Math.round(100 * layer.opacity)}
                aria-label={`Opacity of ${label}`}
                onChange={({ target }) => set(name, Number(target.value) / 100, true)}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}
