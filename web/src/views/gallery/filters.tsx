import type { GalleryAnswer } from '../../api/answers.ts';
import type { Patch } from '../../state/url-state.ts';
import type { ChipFilter } from './chip-filter.ts';

interface FiltersProps {
  readonly gallery: GalleryAnswer;
  readonly filter: ChipFilter;
  readonly onFilter: (patch: Patch) => void;
}

/** Which chips are looked at: of one place, of one bucket, of some days. */
export function Filters({ gallery, filter, onFilter }: FiltersProps) {
  const places = [...new Set(gallery.scenes.map(({ place }) => place))].sort((a, b) => a.localeCompare(b));
  const orNull = (value: string): string | null => (value === '' ? null : value);
  return (
    <section className="section filters" aria-label="Filters">
      <label className="field">
        Place
        <select
          value={filter.place ?? ''}
          onChange={({ target }) => onFilter({ place: orNull(target.value) })}
        >
          <option value="">all {places.length}</option>
          {places.map((place) => (
            <option key={place}>{place}</option>
          ))}
        </select>
      </label>
      <label className="field">
        Bucket
        <select
          value={filter.bucket ?? ''}
          onChange={({ target }) => onFilter({ bucket: orNull(target.value) })}
        >
          <option value="">all {gallery.buckets.length}</option>
          {gallery.buckets.map(({ bucket, chips }) => (
            <option key={bucket} value={bucket}>
              {bucket} ({chips} chips)
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        From
        <input
          type="date"
          value={filter.since ?? ''}
          onChange={({ target }) => onFilter({ since: orNull(target.value) })}
        />
      </label>
      <label className="field">
        Until
        <input
          type="date"
          value={filter.until ?? ''}
          onChange={({ target }) => onFilter({ until: orNull(target.value) })}
        />
      </label>
    </section>
  );
}
