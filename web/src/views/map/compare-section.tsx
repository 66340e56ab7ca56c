import { LAYERS, type LayerName } from '../../map/layer-list.ts';

interface CompareSectionProps {
  readonly available: readonly LayerName[];
  readonly compared: LayerName | null;
  readonly onCompared: (layer: LayerName | null) => void;
}

/** Puts one layer on the left of a line that can be moved. */
export function CompareSection({ available, compared, onCompared }: CompareSectionProps) {
  const choose = (value: string): void => onCompared(available.find((name) => name === value) ?? null);
  return (
    <section className="section" aria-label="Compare">
      <label className="field">
        Left of a line that moves
        <select value={compared ?? ''} onChange={({ target }) => choose(target.value)}>
          <option value="">nothing: no line</option>
          {LAYERS.filter(({ name }) => available.includes(name)).map(({ name, label }) => (
            <option key={name} value={name}>
              {label} alone
            </option>
          ))}
        </select>
      </label>
    </section>
  );
}
