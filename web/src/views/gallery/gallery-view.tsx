import { lazy, Suspense, useCallback, useMemo } from 'react';
import type { AlikeAnswer, ChipColumns, GalleryAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { count } from '../../parts/format.ts';
import { EmptyNotice, ProblemNotice, Waiting } from '../../parts/notice.tsx';
import type { ViewProps } from '../../shell/view-props.ts';
import { useUrlState } from '../../state/url-state.ts';
import { AlikeSection } from './alike-section.tsx';
import { BucketGroups } from './bucket-groups.tsx';
import type { CloudProps } from './cloud-props.ts';
import { chipsThatPass, type ChipFilter } from './chip-filter.ts';
import { Drift } from './drift.tsx';
import { Filters } from './filters.tsx';
import { GalleryMap } from './gallery-map.tsx';
import { searchAddress } from './search-address.ts';
import { SuggestSection } from './suggest-section.tsx';

/** Read when it is first looked at: it brings a library of its own. */
const ChipCloud = lazy(() => import('./chip-cloud.tsx').then((part) => ({ default: part.ChipCloud })));

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
  const alike = useResource<AlikeAnswer>(gallery === null ? null : searchAddress(like, filter));
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
            {/* It scrolls, and before its chips are there nothing in it takes the focus. */}
            <div className="look" role="region" aria-label="What the gallery holds" tabIndex={0}>
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
