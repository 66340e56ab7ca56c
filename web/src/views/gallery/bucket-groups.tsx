import type { GalleryAnswer, TypicalAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { count, percent } from '../../parts/format.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { bucketColour } from './bucket-colours.ts';
import { ChipGrid } from './chip-grid.tsx';

interface BucketGroupsProps {
  readonly gallery: GalleryAnswer;
  readonly only: number | null;
  readonly chosen: string | null;
  readonly onChip: (id: string) => void;
}

/** Each bucket by the chips that are most like its centre. */
export function BucketGroups({ gallery, only, ...rest }: BucketGroupsProps) {
  const buckets = gallery.buckets.filter(({ bucket }) => only === null || bucket === only);
  return (
    <div className="groups">
      {buckets.map((bucket) => (
        <BucketGroup
          key={bucket.bucket}
          bucket={bucket}
          share={bucket.chips / Math.max(1, gallery.chips)}
          limit={only === null ? 12 : 120}
          {...rest}
        />
      ))}
    </div>
  );
}

interface BucketGroupProps {
  readonly bucket: GalleryAnswer['buckets'][number];
  readonly share: number;
  readonly limit: number;
  readonly chosen: string | null;
  readonly onChip: (id: string) => void;
}

function BucketGroup({ bucket, share, limit, chosen, onChip }: BucketGroupProps) {
  const { data, problem } = useResource<TypicalAnswer>(
    `/api/gallery/typical?bucket=${bucket.bucket}&limit=${limit}`,
  );
  const places = bucket.places.slice(0, 4).map(({ place, chips }) => `${place} ${chips}`);
  const more = bucket.places.length - places.length;
  return (
    <section className="group" aria-labelledby={`bucket-${bucket.bucket}`}>
      <header>
        <h2 id={`bucket-${bucket.bucket}`}>
          <span className="swatch" style={{ background: bucketColour(bucket.bucket) }} /> Bucket{' '}
          {bucket.bucket}
        </h2>
        <p className="quiet">
          {count(bucket.chips)} chips, {percent(share)} of the archive; {places.join(', ')}
          {more > 0 ? ` and ${more} more places` : ''}
        </p>
      </header>
      {problem !== null && <ProblemNotice problem={problem} />}
      <ChipGrid
        chips={data?.chips ?? []}
        label={`Typical chips of bucket ${bucket.bucket}`}
        chosen={chosen}
        onChip={onChip}
        caption={(i) => data?.chips[i]?.place ?? ''}
      />
    </section>
  );
}
