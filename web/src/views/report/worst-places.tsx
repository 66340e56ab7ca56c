import type { Evaluation, RunView, SceneView } from '../../api/answers.ts';
import { mapTileJson, sceneTileJson } from '../../map/layer-list.ts';
import { zoomForGsd } from '../../map/mercator.ts';
import { Crop } from '../../parts/crop.tsx';
import { percent, score } from '../../parts/format.ts';
import { Link } from '../../shell/link.tsx';
import { addressOf } from '../../state/url-state.ts';

interface WorstPlacesProps {
  readonly evaluation: Evaluation;
  readonly run: RunView;
  readonly scenes: readonly SceneView[];
}

const MOST = 12;

/** Where the map is wrong most; each place is one click from the map. */
export function WorstPlaces({ evaluation, run, scenes }: WorstPlacesProps) {
  const blocks = evaluation.scenes
    .flatMap(({ worst, role }) => worst.map((block) => ({ ...block, role })))
    .filter(({ lonLat }) => lonLat !== null)
    .sort((a, b) => b.wrongPixels - a.wrongPixels)
    .slice(0, MOST);
  if (blocks.length === 0) return null;
  return (
    <section className="section" aria-labelledby="worst-title">
      <header>
        <h2 id="worst-title">Worst places</h2>
        <p className="quiet">
          The blocks of ground with the most wrong pixels; a click shows them on the map.
        </p>
      </header>
      <ul className="worst">
        {blocks.map(({ scene, lonLat, window, wrongPixels, scoredPixels, iou, role }) => {
          const [lon, lat] = lonLat ?? [0, 0];
          const gsd = scenes.find(({ id }) => id === scene)?.gsd ?? 0.5;
          const text = `${lon.toFixed(6)},${lat.toFixed(6)}`;
          return (
            <li key={`${scene} ${window.x} ${window.y}`}>
              <Link
                className="worst-place"
                to={addressOf('map', { run: run.id, at: `${text},18`, place: text, layers: 'imagery,error' })}
              >
                <Crop
                  label={`Image and errors at a worst place of ${scene}`}
                  centre={[lon, lat]}
                  layers={[
                    { from: sceneTileJson(scene) },
                    { from: mapTileJson(run.id, 'error'), opacity: 0.6 },
                  ]}
                  {...{ size: 150, zoom: zoomForGsd(gsd, lat) }}
                />
                <strong>
                  {scene}
                  {role === 'unseen' ? '' : ' (trained on)'}
                </strong>
                <span className="quiet">
                  {percent(wrongPixels / scoredPixels)} wrong, IoU {score(iou)}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
