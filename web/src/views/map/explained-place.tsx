import type {
  Explained,
  ObjectFeature,
  ObjectsAnswer,
  RunView,
  SceneView,
  TileJson,
} from '../../api/answers.ts';
import { useResource, type Resource } from '../../api/use-resource.ts';
import { mapTileJson, sceneTileJson } from '../../map/layer-list.ts';
import { zoomForGsd } from '../../map/mercator.ts';
import { Crop } from '../../parts/crop.tsx';
import { lonLatText, percent, score } from '../../parts/format.ts';
import { ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { Link } from '../../shell/link.tsx';
import { addressOf } from '../../state/url-state.ts';
import { ObjectFacts } from './object-facts.tsx';

interface ExplainedPlaceProps {
  readonly run: RunView;
  readonly scenes: readonly SceneView[];
  readonly place: readonly [lon: number, lat: number];
  readonly object: ObjectFeature | null;
  readonly objects: Resource<ObjectsAnswer>;
  readonly onClose: () => void;
}

/** Why a place on the map is what it is. */
export function ExplainedPlace({ run, scenes, place, object, objects, onClose }: ExplainedPlaceProps) {
  const [lon, lat] = place;
  const { data, problem, loading, reload } = useResource<Explained>(
    `/api/runs/${run.id}/explain?lon=${lon}&lat=${lat}`,
  );
  return (
    <section className="section place" aria-labelledby="place-title">
      <header className="with-close">
        <h2 id="place-title">This place</h2>
        <button type="button" onClick={onClose} aria-label="Close what is said of this place">
          ✕
        </button>
        <p className="quiet figures">{lonLatText(place)}</p>
      </header>
      {loading && data === null && <Waiting>Asking the map …</Waiting>}
      {problem !== null && <ProblemNotice problem={problem} onRetry={reload} />}
      {data !== null && <PlaceFacts explained={data} run={run} scenes={scenes} place={place} />}
      {data !== null && <ObjectFacts run={run} object={object} found={objects} />}
    </section>
  );
}

interface PlaceFactsProps {
  readonly explained: Explained;
  readonly run: RunView;
  readonly scenes: readonly SceneView[];
  readonly place: readonly [lon: number, lat: number];
}

function PlaceFacts({ explained, run, scenes, place }: PlaceFactsProps) {
  const { data: tiles } = useResource<TileJson>(mapTileJson(run.id, 'class'));
  const scene = scenes.find(({ id }) => id === explained.scene);
  const colour = tiles?.legend?.find(({ value }) => value === explained.classId)?.color;
  const { routing } = explained;
  const zoom = zoomForGsd(scene?.gsd ?? 0.5, place[1]);
  return (
    <>
      <div className="crops">
        <Crop
          label={`The image around this place, of scene ${explained.scene}`}
          centre={place}
          layers={[{ from: sceneTileJson(explained.scene) }]}
          {...{ zoom, size: 148, cross: true }}
        />
        <Crop
          label="The map around this place"
          centre={place}
          layers={[
            { from: sceneTileJson(explained.scene) },
            { from: mapTileJson(run.id, 'class'), opacity: 0.7 },
          ]}
          {...{ zoom, size: 148, cross: true }}
        />
      </div>
      <dl className="facts">
        <dt>Class</dt>
        <dd className="class-name">
          {colour !== undefined && <span className="swatch" style={{ background: colour }} />}
          <strong>{explained.className}</strong>
        </dd>
        <dt>Confidence</dt>
        <dd>
          {percent(explained.confidence)}
          <span className="bar">
            <span style={{ width: `${100 * explained.confidence}%` }} />
          </span>
        </dd>
        {routing !== null && routing.bucket !== null && (
          <>
            <dt>Bucket</dt>
            <dd>
              {routing.bucket}
              {routing.unknown ? ', but unlike anything known' : ''}, margin {routing.margin} bits
            </dd>
          </>
        )}
        <dt>Model</dt>
        <dd>
          <Link to={addressOf('models', { app: run.application, model: explained.model })}>
            {explained.model}
          </Link>
        </dd>
        <dt>Scene</dt>
        <dd>
          {explained.scene}{' '}
          <span className="quiet">
            column {explained.column}, row {explained.row}
          </span>
        </dd>
      </dl>
      {routing !== null && (
        <>
          <p className="quiet">{routing.why}</p>
          {routing.scores !== null && (
            <p className="quiet">
              IoU on such ground in validation: {score(routing.scores.model?.iou)}; of Mono{' '}
              {score(routing.scores.mono?.iou)}.
            </p>
          )}
          <Link to={addressOf('gallery', { like: `${place[0]},${place[1]}` })}>Find ground like this</Link>
        </>
      )}
    </>
  );
}
