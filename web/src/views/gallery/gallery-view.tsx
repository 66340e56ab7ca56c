import { lazy, Suspense, useCallback, useMemo } from 'react';
import type { AlikeAnswer, ChipColumns, GalleryAnswer, ScenesAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { AreaTools } from '../../map/area-tools.tsx';
import { boxOf, boxText, firstView, parseBox, type Box } from '../../map/camera.ts';
import { Footprints } from '../../map/footprints.tsx';
import { MapStage } from '../../map/map-stage.tsx';
import { SceneImagery } from '../../map/scene-imagery.tsx';
import { count, percent } from '../../parts/format.ts';
import { EmptyNotice, ProblemNotice, Waiting } from '../../parts/notice.tsx';
import type { ViewProps } from '../../shell/view-props.ts';
import { useUrlState } from '../../state/url-state.ts';
import { AlikeSection } from './alike-section.tsx';
import { BucketGroups } from './bucket-groups.tsx';
import type { CloudProps } from './cloud-props.ts';
import { chipsThatPass, type ChipFilter } from './chip-filter.ts';
import { Filters } from './filters.tsx';
import { SuggestSection } from './suggest-section.tsx';

/** Read when they are first looked at: they bring a library of their own. */
const ChipCloud = lazy(() => import('./chip-cloud.tsx').then((part) => ({ default: part.ChipCloud })));
const ChipOverlay = lazy(() => import('./chip-overlay.tsx').then((part) => ({ default: part.ChipOverlay })));

const LOOKS = [
  { name: 'buckets', label: 'Buckets' },
  { name: 'cloud', label: 'Likeness' },
  { name: 'map', label: 'On the map' },
  { name: 'next', label: 'What to label' },
] as const;

/** Which parts of the archive look alike: by bucket, in a plane, on the map; and what is like a chosen one. */
export function GalleryView({ dark }: ViewProps) {
  const [url, change] = useUrlState();
  const { data: gallery, problem, loading, reload } = useResource<GalleryAnswer>('/api/gallery');
  const look = LOOKS.find(({ name }) => name === url.get('look'))?.name ?? 'buckets';
  const wantsChips = gallery !== null && (look === 'cloud' || look === 'map');
  const { data: chips } = useResource<ChipColumns>(wantsChips ? '/api/gallery/chips' : null);
  const filter = useMemo<ChipFilter>(
    () => ({
      place: url.get('place'),
      bucket: url.get('bucket') === null ? null : Number(url.get('bucket')),
      since: url.get('since'),
      until: url.get('until'),
    }),
    [url],
  );
  const like = url.get('like');
  const chosen = like?.includes('/') === true ? like : null;
  const alike = useResource<AlikeAnswer>(gallery === null ? null : searchFor(like, filter));
  const onChip = useCallback((id: string) => change({ like: id }), [change]);
  const cloud = useCloud(chips, filter, { alike: alike.data, chosen, dark, onChip });
  return (
    <div className="split">
      <div className="panel">
        <header>
          <h1>Gallery</h1>
          {gallery !== null && (
            <p className="quiet">
              {count(gallery.chips)} chips of {gallery.scenes.length} scenes, in {gallery.buckets.length}{' '}
              buckets
            </p>
          )}
        </header>
        {loading && gallery === null && <Waiting>Reading the gallery …</Waiting>}
        {problem !== null && problem.code !== 'NO_GALLERY' && (
          <ProblemNotice problem={problem} onRetry={reload} />
        )}
        {problem?.code === 'NO_GALLERY' && (
          <EmptyNotice title="No gallery yet" commands={['resflow gallery build --all']}>
            A gallery cuts the scenes into chips and groups what looks alike. It needs no labels.
          </EmptyNotice>
        )}
        {gallery !== null && (
          <>
            {like !== null && (
              <AlikeSection
                alike={alike}
                chosen={chosen}
                onChip={onChip}
                onClose={() => change({ like: null, area: null })}
              />
            )}
            <Filters gallery={gallery} filter={filter} onFilter={change} />
            <Drift gallery={gallery} />
          </>
        )}
      </div>
      <div className="stage">
        {gallery !== null && (
          <div className="gallery-stage">
            <div className="looks" role="group" aria-label="How the gallery is shown">
              {LOOKS.map(({ name, label }) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={name === look}
                  onClick={() => change({ look: name, at: null })}
                >
                  {label}
                </button>
              ))}
            </div>
            <div className="look">
              {look === 'buckets' && (
                <BucketGroups gallery={gallery} only={filter.bucket} chosen={chosen} onChip={onChip} />
              )}
              {look === 'cloud' && cloud !== null && (
                <Suspense fallback={<Waiting>Drawing the chips …</Waiting>}>
                  <ChipCloud {...cloud} />
                </Suspense>
              )}
              {look === 'map' && <GalleryMap cloud={cloud} dark={dark} />}
              {look === 'next' && (
                <SuggestSection
                  application={url.get('app')}
                  chosen={chosen}
                  onApplication={(app) => change({ app })}
                  onChip={onChip}
                />
              )}
              {wantsChips && chips === null && <Waiting>Reading the chips …</Waiting>}
            </div>
          </div>
        )}
      </div>
    </div>
  );
}

/** The search for chips like a chip, or like the chip at a place. */
function searchFor(like: string | null, { place, bucket, since }: ChipFilter): string | null {
  if (like === null) return null;
  const query = new URLSearchParams({ limit: '60' });
  const [lon, lat] = like.split(',');
  if (like.includes('/')) query.set('chip', like);
  else if (lon !== undefined && lat !== undefined) {
    query.set('lon', lon);
    query.set('lat', lat);
  }
  if (place !== null) query.set('place', place);
  if (bucket !== null) query.set('bucket', String(bucket));
  if (since !== null) query.set('since', since);
  return `/api/gallery/search?${query}`;
}

interface CloudState {
  readonly alike: AlikeAnswer | null;
  readonly chosen: string | null;
  readonly dark: boolean;
  readonly onChip: (id: string) => void;
}

function useCloud(
  chips: ChipColumns | null,
  filter: ChipFilter,
  { alike, chosen, dark, onChip }: CloudState,
): CloudProps | null {
  const shown = useMemo(() => (chips === null ? null : chipsThatPass(chips, filter)), [chips, filter]);
  const numbers = useMemo(() => new Map(chips?.id.map((id, i) => [id, i])), [chips]);
  const found = useMemo(
    () => (alike === null ? null : new Set(alike.chips.flatMap(({ id }) => numbers.get(id) ?? []))),
    [alike, numbers],
  );
  if (chips === null || shown === null) return null;
  return { chips, shown, found, chosen: numbers.get(chosen ?? '') ?? null, dark, onChip };
}

function GalleryMap({ cloud, dark }: { cloud: CloudProps | null; dark: boolean }) {
  const [url, change] = useUrlState();
  const { data } = useResource<ScenesAnswer>('/api/scenes');
  const scenes = data?.scenes ?? [];
  const onMove = useCallback((at: string) => change({ at }, { replace: true }), [change]);
  const search = (box: Box | null): void => {
    const middle = box === null ? null : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    change({
      area: box === null ? null : boxText(box),
      like: middle === null ? null : middle.map((value) => value.toFixed(6)).join(','),
    });
  };
  return (
    <MapStage
      label="Map of the chips"
      dark={dark}
      at={url.get('at')}
      extent={firstView(scenes.map(({ bbox }) => boxOf(bbox)))}
      onMove={onMove}
    >
      <SceneImagery scenes={scenes} opacity={0.8} order={10} />
      <Footprints scenes={scenes} dark={dark} />
      {cloud !== null && (
        <Suspense>
          <ChipOverlay {...cloud} />
        </Suspense>
      )}
      <AreaTools area={parseBox(url.get('area'))} dark={dark} onArea={search} />
    </MapStage>
  );
}

/** Of fewer chips the stability index says little. */
const ENOUGH_CHIPS = 200;

/** How far the scenes have drifted from what the gallery was built on. */
function Drift({ gallery }: { gallery: GalleryAnswer }) {
  const drifted = gallery.scenes.filter(
    ({ chips, stabilityIndex, unknownShare }) =>
      (unknownShare ?? 0) > 0.2 || (chips >= ENOUGH_CHIPS && stabilityIndex > 0.25),
  );
  if (drifted.length === 0) return null;
  return (
    <section className="section" aria-labelledby="drift-title">
      <h2 id="drift-title">Unlike the rest</h2>
      <p className="quiet">
        Scenes whose ground differs from what the gallery was built on; maps of them deserve a second look.
      </p>
      <ul className="list">
        {drifted.slice(0, 8).map(({ scene, stabilityIndex, unknownShare }) => (
          <li key={scene}>
            {scene}{' '}
            <span className="quiet">
              PSI {stabilityIndex.toFixed(2)}, unknown {percent(unknownShare)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
