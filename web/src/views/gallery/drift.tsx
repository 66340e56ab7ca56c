import type { GalleryAnswer } from '../../api/answers.ts';
import { percent } from '../../parts/format.ts';

/** Of fewer chips the stability index says little. */
const ENOUGH_CHIPS = 200;

/** How far the scenes have drifted from what the gallery was built on. */
export function Drift({ gallery }: { gallery: GalleryAnswer }) {
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
