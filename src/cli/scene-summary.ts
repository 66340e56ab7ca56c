import type { SceneItem, Split } from '../workspace/scene-record.ts';

/** A scene in short, as lists and `scene add` give it. */
export interface SceneSummary {
  readonly id: string;
  readonly place: string;
  readonly split: Split | null;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Metres on the ground. */
  readonly gsd: number;
  readonly crs: string | null;
  readonly bands: readonly string[];
  readonly validShare: number;
  readonly datetime: string | null;
}

export function sceneSummary(scene: SceneItem): SceneSummary {
  const { properties } = scene;
  const [height = 0, width = 0] = properties['proj:shape'];
  return {
    id: scene.id,
    place: properties['resflow:place'],
    split: properties['resflow:split'],
    path: scene.assets.image.href,
    width,
    height,
    gsd: properties.gsd,
    crs: properties['proj:code'],
    bands: scene.assets.image.bands.map((band) => band.name),
    validShare: properties['resflow:valid_share'],
    datetime: properties.datetime,
  };
}

/** One line for people. */
export function sceneLine(scene: SceneSummary): string {
  const valid = scene.validShare < 1 ? `, ${(100 * scene.validShare).toFixed(1)} % valid` : '';
  const split = scene.split === null ? '' : `, ${scene.split}`;
  return `${scene.id}: ${scene.place}${split}, ${scene.width} x ${scene.height} px at ${scene.gsd.toPrecision(3)} m, ${scene.bands.join(' ')}${valid}`;
}
