import type { Geometry } from 'gdal-async';
import { inputError } from '../core/errors.ts';
import { applyAffine } from '../geo/affine.ts';
import { NO_CLASS } from '../model/class-record.ts';
import { boxOf, type PixelBox } from './fill-polygon.ts';
import { mapGeometry, turnTowards } from './map-geometry.ts';
import { meetsFrame, type SceneFrame, type SourceBox } from './scene-frame.ts';
import type { VectorFeature, VectorSource } from './vector-feature.ts';
import { polygonsOfWkb } from './wkb-rings.ts';

/** One labelled object on one scene, in pixels of its grid: x right, y down, (0, 0) the grid's outer corner. */
export interface LabelObject {
  /** 1..254; 0 where the object states background, 255 where it states nothing. */
  readonly classId: number;
  /** Rings of all its parts, holes among them; even-odd rule; the closing point left out. */
  readonly rings: readonly Float64Array[];
  readonly box: PixelBox;
}

export interface ObjectRules {
  readonly attribute: string | null;
  /** The class id of a feature by its attribute's text; throws for a value that has none. */
  readonly classOf: (value: string | null) => number;
  /** Lines and points are widened by this many metres; null: they are refused. */
  readonly bufferMetres: number | null;
}

export interface ReadObjects {
  /** For each frame, in the file's order. */
  readonly perFrame: readonly (readonly LabelObject[])[];
  readonly counts: { features: number; empty: number; invalid: number; repaired: number; outside: number };
  /** Of all geometries, in the source's CRS; null where there are none. */
  readonly extent: SourceBox | null;
}

/**
 * Reads a vector source once and lays its objects on the frames they hit (their polygon meets the scene's valid pixels).
 * Invalid geometries are mended (GEOS makeValid) and counted; what cannot be mended, and empty ones, are left out and counted.
 * Throws input errors LABEL_NOT_POLYGONS, LABEL_CRS_SUSPECT, and what `rules.classOf` throws.
 */
export async function readObjects(
  source: VectorSource,
  frames: readonly SceneFrame[],
  rules: ObjectRules,
): Promise<ReadObjects> {
  const perFrame = frames.map((): LabelObject[] => []);
  const counts = { features: 0, empty: 0, invalid: 0, repaired: 0, outside: 0 };
  let extent: SourceBox | null = null;
  for await (const feature of source.features(rules.attribute)) {
    counts.features += 1;
    const classId = rules.classOf(feature.value);
    const geometry = usableGeometry(feature, source, rules, counts);
    if (geometry === null) continue;
    const box = geometry.getEnvelope();
    checkRange(source, box);
    extent = extent === null ? box : unionBox(extent, box);
    const hits = frames.filter((frame, i) => {
      const object = layOn(frame, geometry, { box, classId, bufferMetres: rules.bufferMetres });
      if (object !== null) perFrame[i]?.push(object);
      return object !== null;
    });
    if (hits.length === 0) counts.outside += 1;
  }
  return { perFrame, counts, extent };
}

/** The box around two boxes. */
export const unionBox = (a: SourceBox, b: SourceBox): SourceBox => ({
  minX: Math.min(a.minX, b.minX),
  minY: Math.min(a.minY, b.minY),
  maxX: Math.max(a.maxX, b.maxX),
  maxY: Math.max(a.maxY, b.maxY),
});

/** The feature's geometry: 2D, valid, areas (or lines and points that will be widened); null where it has none. */
function usableGeometry(
  feature: VectorFeature,
  source: VectorSource,
  rules: ObjectRules,
  counts: ReadObjects['counts'],
): Geometry | null {
  const { geometry } = feature;
  if (geometry === 'unreadable') {
    counts.invalid += 1;
    return null;
  }
  if (geometry === null || geometry.isEmpty()) {
    counts.empty += 1;
    return null;
  }
  geometry.flattenTo2D();
  if (/POINT|LINE|RING/i.test(geometry.name)) {
    if (rules.bufferMetres === null) throw notPolygons(source, geometry.name, counts.features);
    return geometry;
  }
  return mend(geometry, counts);
}

function mend(geometry: Geometry, counts: ReadObjects['counts']): Geometry | null {
  try {
    if (geometry.isValid()) return geometry;
    const mended = geometry.makeValid();
    if (polygonsOfWkb(mended.toWKB(), (x, y) => [x, y]).length > 0) {
      counts.repaired += 1;
      return mended;
    }
  } catch {
    // GEOS refuses rings that it cannot build (too few points, not-a-number): counted below.
  }
  counts.invalid += 1;
  return null;
}

const notPolygons = (source: VectorSource, kind: string, feature: number) =>
  inputError(
    'LABEL_NOT_POLYGONS',
    `${source.href}: feature ${feature} is a ${kind.toLowerCase()}, which covers no pixels.`,
    {
      hint: 'Give its half-width on the ground with --buffer METRES, or keep only polygons.',
      context: { file: source.href, feature, geometry: kind },
    },
  );

function checkRange(source: VectorSource, box: SourceBox): void {
  if (source.srs === null || !source.srs.isGeographic()) return;
  if (box.minX >= -360 && box.maxX <= 360 && box.minY >= -90.001 && box.maxY <= 90.001) return;
  throw inputError(
    'LABEL_CRS_SUSPECT',
    `${source.href} says its coordinates are degrees (${crsName(source)}), but one is (${box.minX.toFixed(3)}, ${box.minY.toFixed(3)}).`,
    {
      hint: 'Its coordinates are probably in a projected CRS: name it with --crs EPSG:n, or mend the file.',
      context: { file: source.href, crs: crsName(source), x: box.minX, y: box.minY },
    },
  );
}

const crsName = (source: VectorSource): string => source.srs?.getAttrValue('GEOGCS', 0) ?? 'geographic CRS';

/** The object on a frame's grid, or null where it does not meet the scene's valid pixels. */
function layOn(
  frame: SceneFrame,
  geometry: Geometry,
  options: { box: SourceBox; classId: number; bufferMetres: number | null },
): LabelObject | null {
  if (!meetsFrame(frame, options.box)) return null;
  const moved = moveTo(frame, geometry);
  if (moved === null) return null;
  const area = options.bufferMetres === null ? moved : widen(moved, frame, options.bufferMetres);
  if (!area.intersects(frame.footprint)) return null;
  const rings = polygonsOfWkb(area.toWKB(), (x, y) => applyAffine(frame.toPixel, x, y)).flat();
  return rings.length === 0 ? null : { classId: options.classId, rings, box: boxOf(rings) };
}

/** A geometry in the frame's CRS; null where it has no place there. */
function moveTo(frame: SceneFrame, geometry: Geometry): Geometry | null {
  const moved = geometry.clone();
  try {
    // Long edges bend where the CRS changes; a sixty-fourth of the scene is straight enough.
    if (!frame.sameCrs && frame.box !== null)
      moved.segmentize(Math.max(frame.box.maxX - frame.box.minX, frame.box.maxY - frame.box.minY) / 64);
    moved.transform(frame.transform);
  } catch {
    return null;
  }
  return frame.centreLon === null ? moved : turnTowards(moved, frame.centreLon);
}

/** Lines and points as areas, widened by metres on the ground; polygons pass. In the scene's CRS. */
function widen(geometry: Geometry, frame: SceneFrame, metres: number): Geometry {
  if (/POLYGON/i.test(geometry.name)) return geometry;
  const pixels = mapGeometry(geometry, frame.toPixel);
  return mapGeometry(pixels.buffer(metres / frame.grid.gsdMetres, 8), frame.grid.transform);
}

/** Objects that state nothing (255) are no objects to be found. */
export const isObject = (object: LabelObject): boolean => object.classId !== NO_CLASS && object.classId !== 0;
