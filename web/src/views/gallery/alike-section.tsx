import type { AlikeAnswer, ChipView } from '../../api/answers.ts';
import type { Resource } from '../../api/use-resource.ts';
import { dateText, lonLatText } from '../../parts/format.ts';
import { ProblemNotice, Waiting } from '../../parts/notice.tsx';
import { Link } from '../../shell/link.tsx';
import { addressOf } from '../../state/url-state.ts';
import { ChipGrid, chipImage } from './chip-grid.tsx';

interface AlikeSectionProps {
  readonly alike: Resource<AlikeAnswer>;
  readonly chosen: string | null;
  readonly onChip: (id: string) => void;
  readonly onClose: () => void;
}

/** The chip that was chosen, and those nearest to it by code. */
export function AlikeSection({ alike, chosen, onChip, onClose }: AlikeSectionProps) {
  const { data, problem, loading, reload } = alike;
  const own = data?.chips.find(({ id }) => id === data.query.name) ?? null;
  const others = data?.chips.filter(({ id }) => id !== data.query.name) ?? [];
  return (
    <section className="section" aria-labelledby="alike-title">
      <header className="with-close">
        <h2 id="alike-title">Ground like this</h2>
        <button type="button" onClick={onClose} aria-label="Close what is alike">
          ✕
        </button>
      </header>
      {loading && data === null && <Waiting>Comparing codes …</Waiting>}
      {problem !== null && <ProblemNotice problem={problem} onRetry={reload} />}
      {data !== null && (
        <>
          {own !== null && <ChosenChip chip={own} />}
          <p className="quiet" role="status">
            The {others.length} nearest of {data.searched}, found in {data.milliseconds} ms; the number is how
            many of the code’s bits differ.
          </p>
          <ChipGrid
            chips={others}
            label="Chips that look alike, nearest first"
            chosen={chosen}
            onChip={onChip}
            caption={(i) => `${others[i]?.bits ?? 0} bits`}
          />
        </>
      )}
    </section>
  );
}

function ChosenChip({ chip }: { chip: ChipView }) {
  const [lon, lat] = chip.centre;
  return (
    <div className="chosen">
      <img src={chipImage(chip.id)} alt={`Chip ${chip.id}`} width={112} height={112} />
      <dl className="facts">
        <dt>Chip</dt>
        <dd>{chip.id}</dd>
        <dt>Place</dt>
        <dd>
          {chip.place}, {dateText(chip.acquired)}
        </dd>
        <dt>Bucket</dt>
        <dd>
          {chip.bucket} <span className="quiet">{chip.distance} bits off its centre</span>
        </dd>
        <dt>Where</dt>
        <dd>
          <Link
            to={addressOf('map', {
              at: `${lon.toFixed(6)},${lat.toFixed(6)},17`,
              place: `${lon.toFixed(6)},${lat.toFixed(6)}`,
            })}
          >
            {lonLatText(chip.centre)}
          </Link>
        </dd>
      </dl>
    </div>
  );
}
