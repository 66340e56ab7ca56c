import type { RunView, SceneView } from '../../api/answers.ts';
import { cameraText } from '../../map/camera.ts';
import { dateText } from '../../parts/format.ts';

interface SceneChoiceProps {
  readonly scenes: readonly SceneView[];
  readonly run: RunView | null;
  readonly onAt: (at: string) => void;
}

/** Goes to a scene; those that the run has mapped stand first. */
export function SceneChoice({ scenes, run, onAt }: SceneChoiceProps) {
  const mapped = new Set(run?.scenes.filter(({ layers }) => layers.length > 0).map(({ scene }) => scene));
  const groups = [
    { label: 'Mapped by this run', scenes: scenes.filter(({ id }) => mapped.has(id)) },
    {
      label: run === null ? 'Scenes' : 'Not mapped by it',
      scenes: scenes.filter(({ id }) => !mapped.has(id)),
    },
  ];
  const go = (id: string): void => {
    const scene = scenes.find((one) => one.id === id);
    if (scene !== undefined) onAt(viewOf(scene));
  };
  return (
    <section className="section" aria-label="Scenes">
      <label className="field">
        Go to a scene
        <select value="" onChange={({ target }) => go(target.value)}>
          <option value="">of {scenes.length}</option>
          {groups.map(({ label, scenes: own }) =>
            own.length === 0 ? null : (
              <optgroup key={label} label={label}>
                {own.map(({ id, place, datetime }) => (
                  <option key={id} value={id}>
                    {id}, {place}, {dateText(datetime)}
                  </option>
                ))}
              </optgroup>
            ),
          )}
        </select>
      </label>
    </section>
  );
}

/** A camera that shows a scene whole on a small window. */
function viewOf({ bbox: [west = 0, south = 0, east = 0, north = 0] }: SceneView): string {
  const across = Math.max(east - west, 2 * (north - south), 1e-6);
  const zoom = Math.log2((600 * 360) / (512 * across));
  return cameraText({ lon: (west + east) / 2, lat: (south + north) / 2, zoom: Math.min(19, zoom) });
}
