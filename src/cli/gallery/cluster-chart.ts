import type { Chart } from '../../training/draw-curves.ts';
import type { Partition } from '../../workspace/partition-record.ts';

/** The curve that the number of clusters was chosen from, with the silhouette below. Pure. */
export function clusterChart({ clusters, digest }: Partition): Chart {
  const { curve, chosenBy, elbow } = clusters;
  const chosen = curve.find((point) => point.clusters === clusters.clusters);
  const words = chosenBy === 'elbow' ? 'the elbow' : `chosen by the user; the elbow is at ${elbow}`;
  const mark = (value: number | undefined) =>
    value === undefined
      ? {}
      : { mark: { x: clusters.clusters, y: value, text: `${clusters.clusters}: ${words}` } };
  const panel = (title: string, points: typeof curve, of: (point: (typeof curve)[number]) => number) => ({
    title,
    unit: '',
    curves: [
      { name: '', colour: '#2563eb', dots: true, points: points.map((p) => [p.clusters, of(p)] as const) },
    ],
    ...mark(chosen === undefined ? undefined : of(chosen)),
  });
  return {
    title: `Number of clusters: ${clusters.clusters}`,
    subtitle: `${clusters.chips} chips, ${clusters.sampled} of them clustered · partition ${digest.slice(0, 12)}`,
    xLabel: 'clusters',
    panels: [
      panel('Average variance within clusters (logarithm)', curve, ({ variance }) =>
        Math.log10(Math.max(variance, 1e-12)),
      ),
      panel(
        'Silhouette (1 is perfect)',
        curve.filter((point) => point.clusters > 1),
        ({ silhouette }) => silhouette,
      ),
    ],
  };
}
