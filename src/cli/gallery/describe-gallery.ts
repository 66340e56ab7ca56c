import { join } from 'node:path';
import { stabilityIndex } from '../../gallery/drift.ts';
import { partitionFolder, chipsFolder } from '../../workspace/layout.ts';
import type { Partition, SceneChips } from '../../workspace/partition-record.ts';
import { listSceneChips } from '../../workspace/partitions.ts';
import { listSceneIds } from '../../workspace/scenes.ts';
import { textTable } from '../text-table.ts';

/** What `gallery build`, `add` and `show` say of the gallery. */
export async function describeGallery(root: string, partition: Partition) {
  const scenes = await listSceneChips(root, partition.digest);
  const inWorkspace = new Set(await listSceneIds(root));
  const fitted = new Set(partition.scenes.map(({ id }) => id));
  const { gsdMetres, chipPixels, bands, encoder, hash, clusters, quality, created, seed } = partition;
  return {
    partition: partition.digest,
    created,
    folder: partitionFolder(root, partition.digest),
    chipsFolder: chipsFolder(root, partition.digest),
    plot: join(partitionFolder(root, partition.digest), 'clusters.png'),
    gsdMetres,
    chipPixels,
    bands,
    extractor: encoder,
    bits: hash.bits,
    seed,
    clusters,
    quality,
    chips: scenes.reduce((sum, { chips }) => sum + chips, 0),
    buckets: partition.buckets.map((bucket) => ({
      ...bucket,
      fitChips: bucket.chips,
      chips: scenes.reduce((sum, scene) => sum + (scene.buckets[bucket.bucket] ?? 0), 0),
      places: placesOf(scenes, bucket.bucket),
    })),
    scenes: scenes.map((scene) => ({
      scene: scene.scene,
      place: scene.place,
      chips: scene.chips,
      buckets: scene.buckets,
      /** Whether the partition was fitted on it, and whether the workspace still has it. */
      fitted: fitted.has(scene.scene),
      inWorkspace: inWorkspace.has(scene.scene),
      /** How the scene's chips lie in the buckets against those of the fit. */
      stabilityIndex: stabilityIndex(
        partition.buckets.map(({ share }) => share),
        scene.buckets,
      ),
      farShare: scene.chips === 0 ? 0 : scene.far / scene.chips,
      /** Share of its chips that look like none of the fit; null where the partition cannot tell. */
      unknownShare: scene.unknown === undefined ? null : scene.unknown / Math.max(1, scene.chips),
    })),
  };
}
export type GalleryDescription = Awaited<ReturnType<typeof describeGallery>>;

const PLACES = 5;

/** The places with the most chips in a bucket. */
function placesOf(scenes: readonly SceneChips[], bucket: number): { place: string; chips: number }[] {
  const counts = new Map<string, number>();
  for (const { place, buckets } of scenes)
    counts.set(place, (counts.get(place) ?? 0) + (buckets[bucket] ?? 0));
  return [...counts]
    .map(([place, chips]) => ({ place, chips }))
    .filter(({ chips }) => chips > 0)
    .sort((a, b) => b.chips - a.chips || (a.place < b.place ? -1 : 1));
}

const percent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(1)} %`);
const number = (value: number | null, digits = 3): string => (value === null ? '-' : value.toFixed(digits));

/** The same for people. */
export function renderGallery(gallery: GalleryDescription): string[] {
  const { clusters, extractor } = gallery;
  const why = clusters.chosenBy === 'elbow' ? 'by the elbow' : `as asked; the elbow is at ${clusters.elbow}`;
  return [
    `Gallery of ${gallery.chips} chips in ${gallery.scenes.length} scenes; partition ${gallery.partition.slice(0, 12)}`,
    `  chips      ${gallery.chipPixels} px at ${gallery.gsdMetres} m, ${gallery.bands.join(' ')}`,
    `  extractor  ${extractor.kind}, ${extractor.dims} numbers a chip`,
    `  clusters   ${clusters.clusters}, ${why}; drawn in ${gallery.plot}`,
    ...codesText(gallery),
    '',
    ...textTable(
      ['bucket', 'code', 'chips', 'share', 'variance', 'places'],
      gallery.buckets.map((bucket) => [
        String(bucket.bucket),
        bucket.code,
        String(bucket.chips),
        percent(gallery.chips === 0 ? 0 : bucket.chips / gallery.chips),
        number(bucket.variance, 4),
        placesText(bucket.places),
      ]),
    ),
    '',
    ...textTable(
      ['scene', 'place', 'chips', 'PSI', 'unknown', ''],
      gallery.scenes.map((scene) => [
        scene.scene,
        scene.place,
        String(scene.chips),
        scene.stabilityIndex.toFixed(2),
        percent(scene.unknownShare),
        [scene.fitted ? '' : 'added later', scene.inWorkspace ? '' : 'no longer in the workspace']
          .filter(Boolean)
          .join(', '),
      ]),
    ),
  ];
}

/** What the codes are worth: on chips of places that were held out, and on chips held out at random. */
function codesText({ bits, quality, buckets }: GalleryDescription): string[] {
  const { heldOut, byChip, bucketNotCluster } = quality;
  const own = { ...quality, chips: heldOut.chips, notCluster: bucketNotCluster.heldOut };
  const groups = [
    ...(heldOut.by === 'place'
      ? [{ ...own, what: `of held-out places (${heldOut.places.join(', ')})` }]
      : []),
    ...(heldOut.by === 'chip' ? [{ ...own, what: 'held out at random' }] : []),
    ...(byChip === undefined ? [] : [{ ...byChip, what: 'held out at random' }]),
  ];
  const merged = buckets.filter(({ clusters = [] }) => clusters.length > 1);
  return [
    `  codes      ${bits} bits; ones ${quality.bits.balance.map((v) => v.toFixed(2)).join(' / ')} (least, mean, most), ${quality.bits.distinctCodes} different codes`,
    ...groups.map(
      ({ chips, what, ...found }) =>
        `             mAP ${number(found.mapStandard)} (mAP@20 over hits ${number(found.mapAt20OverHits)}), bucket is not cluster: ${percent(found.notCluster)}; ${chips} chips ${what}`,
    ),
    ...merged.map(
      ({ bucket, clusters = [] }) =>
        `             clusters ${clusters.join(', ')} have one code and are one bucket: ${bucket}`,
    ),
  ];
}

function placesText(places: readonly { place: string; chips: number }[]): string {
  const shown = places.slice(0, PLACES).map(({ place, chips }) => `${place} ${chips}`);
  return [...shown, ...(places.length > PLACES ? [`${places.length - PLACES} more`] : [])].join(', ');
}
