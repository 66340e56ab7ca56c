import type { SceneBand, SceneItem } from './scene-record.ts';

/** What of a scene decides what is computed from it: the source's bytes, which bands, what counts as data, the grid, the statistics. */
export function sceneIdentity(scene: SceneItem, bands: readonly SceneBand[]) {
  return {
    source: scene.properties['resflow:source'],
    noData: scene.properties['resflow:no_data'],
    shape: scene.properties['proj:shape'],
    transform: scene.properties['proj:transform'],
    gsd: [scene.properties['resflow:gsd_columns'], scene.properties['resflow:gsd_rows']],
    bands: bands.map((band) => [band.index, band.statistics.mean, band.statistics.stddev]),
  };
}

/** A scene's statistics, taken at ingest, of the bands with these indices, in their order; as normalisation wants them. */
export function statisticsOf(scene: SceneItem, indices: readonly number[]) {
  const { bands } = scene.assets.image;
  const chosen = indices.flatMap((index) => bands.filter((band) => band.index === index));
  return {
    mean: chosen.map((band) => band.statistics.mean),
    std: chosen.map((band) => band.statistics.stddev),
  };
}
