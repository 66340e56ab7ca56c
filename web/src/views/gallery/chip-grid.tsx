import type { ChipView } from '../../api/answers.ts';
import { withKey } from '../../parts/crop.tsx';
import { dateText } from '../../parts/format.ts';
import { bucketColour } from './bucket-colours.ts';

export const chipImage = (id: string): string => {
  const [scene = '', position = ''] = id.split('/');
  return withKey(`/api/gallery/chips/${scene}/${position}/image`);
};

interface ChipGridProps {
  readonly chips: readonly ChipView[];
  readonly label: string;
  readonly chosen: string | null;
  readonly onChip: (id: string) => void;
  /** Under the picture: what this list is about. */
  readonly caption: (chip: number) => string;
}

/** Pictures of chips; each can be chosen. */
export function ChipGrid({ chips, label, chosen, onChip, caption }: ChipGridProps) {
  return (
    <ul className="chips" aria-label={label}>
      {chips.map(({ id, place, bucket, acquired }, i) => (
        <li key={id}>
          <button
            type="button"
            className="chip"
            aria-pressed={id === chosen}
            aria-label={`Chip ${id}, ${place}, bucket ${bucket}, ${caption(i)}`}
            title={`${id}, ${place}, ${dateText(acquired)}`}
            style={{ borderColor: bucketColour(bucket) }}
            onClick={() => onChip(id)}
          >
            <img src={chipImage(id)} alt="" loading="lazy" width={96} height={96} />
            <span>{caption(i)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
