import type { MapParameters, MapTaskReport } from '../engine/protocol.ts';
import { addSeams, NO_SEAM, type Seams, type SeamSum } from '../tiling/chip-edges.ts';
import type { RunGallery } from '../workspace/run-record.ts';

/** What is known of a scene: its finished regions, and the chip edges between them (once it is published). */
export interface MeasuredScene {
  readonly reports: ReadonlyMap<string, MapTaskReport>;
  readonly seams: Seams;
}

const reportsOf = (scenes: readonly MeasuredScene[]): MapTaskReport[] =>
  scenes.flatMap(({ reports }) => [...reports.values()]);

const mean = ({ sum, pixels }: SeamSum): number | null => (pixels === 0 ? null : sum / pixels);

/** Mean difference of probability where two chips of one model meet, inside regions and between them; null where none meet. */
export function seamScore(scenes: readonly MeasuredScene[]): number | null {
  const between = scenes.map(({ seams }) => seams.inside);
  return mean([...between, ...reportsOf(scenes).map(({ seam }) => seam)].reduce(addSeams, NO_SEAM));
}

/**
 * Where two models meet. `borderDifference`: mean difference of their probabilities, what a cut would show.
 * `seamScoreBorders`: the step from one pixel to the next that the border adds to the map as it is, blended: there one
 * model's weight falls and the other's rises by 1 / (2 blend) a pixel, so the step is that share of the difference.
 * `steps`: the whole step of the map there, and where chips of one model meet.
 */
export function borderScores(
  scenes: readonly MeasuredScene[],
  { blendPixels }: Pick<MapParameters, 'blendPixels'>,
): Pick<RunGallery, 'borderDifference' | 'seamScoreBorders' | 'steps'> {
  const between = scenes.map(({ seams }) => seams.borders);
  const inside = reportsOf(scenes).map(({ routing }) => routing?.borders ?? NO_SEAM);
  const borderDifference = mean([...between, ...inside].reduce(addSeams, NO_SEAM));
  const step = blendPixels === 0 ? 1 : 1 / (2 * blendPixels);
  const stepsAt = (kind: 'inside' | 'borders') =>
    mean(
      [
        ...scenes.map(({ seams }) => seams.steps[kind]),
        ...reportsOf(scenes).map(({ routing }) => routing?.steps?.[kind] ?? NO_SEAM),
      ].reduce(addSeams, NO_SEAM),
    );
  return {
    borderDifference,
    seamScoreBorders: borderDifference === null ? null : borderDifference * step,
    steps: { inside: stepsAt('inside'), borders: stepsAt('borders') },
  };
}

/** A run's gallery with what its finished regions say. */
export function describeGallery(
  gallery: RunGallery,
  scenes: readonly MeasuredScene[],
  parameters: MapParameters,
): RunGallery {
  const reports = reportsOf(scenes);
  const total = (value: (report: MapTaskReport) => number | undefined) =>
    reports.reduce((sum, report) => sum + (value(report) ?? 0), 0);
  const seconds = total((report) => report.seconds.total);
  return {
    ...gallery,
    ...borderScores(scenes, parameters),
    buckets: gallery.buckets.map((bucket, i) => ({
      ...bucket,
      chips: total(({ routing }) => routing?.buckets[i]),
    })),
    unknownChips: total(({ routing }) => routing?.unknown),
    uncodedChips: total(({ routing }) => routing?.uncoded),
    yieldedChips: total(({ routing }) => routing?.yielded),
    routingShare: seconds === 0 ? null : total(({ routing }) => routing?.seconds) / seconds,
  };
}
