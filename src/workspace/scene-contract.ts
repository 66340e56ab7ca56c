import { PALETTE_BAND, type SceneBand, type SceneItem } from './scene-record.ts';

/** What a model or application asks of a scene. */
export interface SceneNeeds {
  /** Common names (or names) of the bands, in the order they are wanted. */
  readonly bands: readonly string[];
  /** Ground sample distances, metres, that are accepted (resampled while read). */
  readonly gsdRange: { readonly min: number; readonly max: number };
  /** Type of the samples, where only one will do. */
  readonly dataType?: string | undefined;
}

/** Why a scene would be refused; `hint` says what to do about it. */
export interface SceneProblem {
  readonly code: 'BANDS_MISSING' | 'GSD_OUT_OF_RANGE' | 'SAMPLE_TYPE_DIFFERS';
  readonly message: string;
  readonly hint: string;
}

export interface SceneContract {
  readonly problems: readonly SceneProblem[];
  /** The scene's bands in the wanted order; only those found where some are missing. `index` is what readers take. */
  readonly bands: readonly SceneBand[];
}

/** A range is met with this much grace: ground distances are measured at the centre only. */
const GRACE = 1.01;

/**
 * The input contract: whether a scene has the bands and a GSD in the range. Pure; what the source file has become since
 * ingest is not looked at (the reader checks that).
 */
export function checkSceneContract(scene: SceneItem, needs: SceneNeeds): SceneContract {
  const { bands: own } = scene.assets.image;
  const found = needs.bands.map((name) => findBand(own, name));
  const missing = needs.bands.filter((_, i) => found[i] === null);
  const bands = found.filter((band) => band !== null);
  const problems = [
    ...bandProblem(scene, missing),
    ...gsdProblem(scene, needs.gsdRange),
    ...typeProblem(scene, bands, needs.dataType),
  ];
  return { problems, bands };
}

/** The band of a common name, else of that very name. */
function findBand(bands: readonly SceneBand[], name: string): SceneBand | null {
  return (
    bands.find((band) => band['eo:common_name'] === name) ?? bands.find((band) => band.name === name) ?? null
  );
}

function bandProblem(scene: SceneItem, missing: readonly string[]): SceneProblem[] {
  if (missing.length === 0) return [];
  const has = scene.assets.image.bands.map((band) => band.name).join(', ');
  return [
    {
      code: 'BANDS_MISSING',
      message: `Scene '${scene.id}' lacks ${missing.join(', ')}; its bands are ${has}.`,
      hint: scene.assets.image.bands.some((band) => band.name === PALETTE_BAND)
        ? 'Its pixels are numbers of colours in a palette. Spread the colours over bands, without copying pixels, by `gdal_translate -of VRT -expand rgb IN OUT.vrt`, and add that.'
        : 'If they are there under other names, add the scene again with `--replace --bands red,green,blue,...`.',
    },
  ];
}

function typeProblem(scene: SceneItem, bands: readonly SceneBand[], wanted?: string): SceneProblem[] {
  const other = wanted === undefined ? undefined : bands.find((band) => band.data_type !== wanted);
  if (other === undefined) return [];
  return [
    {
      code: 'SAMPLE_TYPE_DIFFERS',
      message: `Scene '${scene.id}' has ${other.data_type} samples; the model was trained on ${wanted}, whose values it takes as they are.`,
      hint: 'Add an 8-bit view of it (`gdal_translate -of VRT -ot Byte -scale IN OUT.vrt`), or train with `--set normalisation={"kind":"scene"}`, which goes by each scene\'s own statistics.',
    },
  ];
}

function gsdProblem(scene: SceneItem, range: { min: number; max: number }): SceneProblem[] {
  const { gsd } = scene.properties;
  if (gsd * GRACE >= range.min && gsd <= range.max * GRACE) return [];
  return [
    {
      code: 'GSD_OUT_OF_RANGE',
      message: `Scene '${scene.id}' has pixels of ${gsd.toPrecision(3)} m on the ground; accepted are ${range.min.toPrecision(3)} to ${range.max.toPrecision(3)} m.`,
      hint:
        gsd > range.max
          ? 'It is too coarse to show what the model looks for; use a finer scene, or an application that takes coarser ones (`--gsd-max`).'
          : 'It is much finer than the working GSD; use an application that takes finer ones (`--gsd-min`).',
    },
  ];
}
