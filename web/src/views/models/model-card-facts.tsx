import type { ModelCard } from '../../api/answers.ts';
import { count, duration, score } from '../../parts/format.ts';

/** What the card says: what goes in, what comes out, how it was trained. */
export function ModelCardFacts({ card }: { card: ModelCard }) {
  const { network, gsd, halo, normalisation, output, training } = card;
  const variants = Object.entries(card.variants).flatMap(([name, variant]) =>
    variant === undefined ? [] : [{ name, ...variant }],
  );
  return (
    <div className="cards">
      <section aria-labelledby="card-in">
        <h3 id="card-in">In and out</h3>
        <dl className="facts">
          <dt>Bands</dt>
          <dd>{card.bands.map(({ name }) => name).join(', ')}</dd>
          <dt>GSD</dt>
          <dd>
            {gsd.metres} m, scenes from {gsd.min} to {gsd.max} m
          </dd>
          <dt>Normalised</dt>
          <dd>{normalisation.kind === 'scene' ? 'by each scene’s own statistics' : 'by fixed values'}</dd>
          <dt>Context</dt>
          <dd>{halo.pixels} pixels around each chip</dd>
          <dt>Classes</dt>
          <dd className="classes">
            {card.classes.map(({ id, name, colour }) => (
              <span key={id}>
                <span className="swatch inline" style={{ background: colour }} /> {name}
              </span>
            ))}
          </dd>
          <dt>Output</dt>
          <dd>
            {output.activation}, temperature {output.temperature.toFixed(2)}
          </dd>
        </dl>
      </section>
      <section aria-labelledby="card-training">
        <h3 id="card-training">Training</h3>
        <dl className="facts">
          <dt>Network</dt>
          <dd>
            {network.name}, {count(network.parameters)} parameters
          </dd>
          {training !== null && (
            <>
              <dt>Steps</dt>
              <dd>
                {count(training.steps)} in {duration(training.seconds)}
              </dd>
              <dt>Trained on</dt>
              <dd>{training.trainScenes.join(', ')}</dd>
              <dt>Chosen by</dt>
              <dd>{training.validationScenes.join(', ') || 'nothing'}</dd>
            </>
          )}
          <dt>Licence</dt>
          <dd>{card.licence ?? 'not stated'}</dd>
        </dl>
      </section>
      <section aria-labelledby="card-variants">
        <h3 id="card-variants">Variants</h3>
        <table>
          <thead>
            <tr>
              <th scope="col">Variant</th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col" className="number">
                IoU
              </th>
              <th scope="col" className="number">
                ms a megapixel
              </th>
            </tr>
          </thead>
          <tbody>
            {variants.map(({ name, bytes, scores, cpuMsPerMegapixel }) => (
              <tr key={name}>
                <th scope="row">
                  {name}
                  {name === card.defaultCpuVariant ? ' (taken on processors)' : ''}
                </th>
                <td className="number">{(bytes / 1e6).toFixed(1)} MB</td>
                <td className="number">{score(scores?.iou)}</td>
                <td className="number">
                  {cpuMsPerMegapixel === undefined ? '–' : Math.round(cpuMsPerMegapixel)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
