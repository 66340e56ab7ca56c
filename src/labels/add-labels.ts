import { basename, extname } from 'node:path';
import { digestOf } from '../core/digest.ts';
import { inputError } from '../core/errors.ts';
import { slug } from '../core/ids.ts';
import { identify } from '../raster/source-identity.ts';
import { withoutTimes, type SourceIdentity } from '../raster/source-record.ts';
import type { Application } from '../workspace/application-record.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { chooseClassOf, ruleOf, type ClassChoice } from './choose-class.ts';
import { kindOfLabels } from './label-kind.ts';
import { readObjects, unionBox, type ReadObjects } from './label-objects.ts';
import { openLabelRaster } from './label-raster.ts';
import { measureShares, sampleValidity, type ValiditySample } from './measure-coverage.ts';
import { frameScene, type SceneFrame } from './scene-frame.ts';
import { readCompleteAreas } from './scene-labels.ts';
import { suspectCrs } from './suspect-crs.ts';
import { openVectorSource, requireCrs } from './vector-source.ts';
import type { VectorSource } from './vector-feature.ts';

/** What the user asked for, for every file alike. */
export interface LabelRequest extends ClassChoice {
  readonly layer: string | null;
  readonly crs: string | null;
  readonly bufferMetres: number | null;
  readonly complete: { kind: 'none' } | { kind: 'scene' } | { kind: 'polygons'; href: string };
  /** The scenes the labels speak about; null: those they hit. */
  readonly named: readonly string[] | null;
}

/** A label source as it is to be stored, and what the user should know. */
export interface PreparedLabels {
  readonly record: LabelSource;
  readonly features: number;
  readonly warnings: readonly string[];
}

export interface LabelPorts {
  readonly scenes: readonly SceneItem[];
  readonly created: string;
  /** Reads validity; remembered between files by the caller. */
  readonly validity: (scene: SceneItem) => Promise<ValiditySample>;
}

/** `sampleValidity` that reads each scene once. */
export function validityCache(gsdMetres: number): LabelPorts['validity'] {
  const known = new Map<string, Promise<ValiditySample>>();
  return (scene) => {
    const found = known.get(scene.id) ?? sampleValidity(scene, gsdMetres);
    known.set(scene.id, found);
    return found;
  };
}

/**
 * Looks at one label file: which scenes it speaks about, how many objects hit each, and how much of each it labels.
 * Writes nothing. `record.coverage` is empty where it hits no scene; the reason is among the warnings.
 * Throws the input errors that its parts name: FILE_UNREADABLE, UNKNOWN_CLASS, LABEL_NO_CRS, LABEL_CRS_SUSPECT, ...
 */
export async function prepareLabels(
  app: Application,
  href: string,
  request: LabelRequest,
  ports: LabelPorts,
): Promise<PreparedLabels> {
  const source = await identify(href);
  const complete =
    request.complete.kind === 'polygons'
      ? { kind: 'polygons' as const, source: await identify(request.complete.href) }
      : request.complete;
  const kind = await kindOfLabels(source.href);
  const base = { app, source, complete, request, ports };
  return kind === 'vector' ? prepareVector(base) : prepareRaster(base);
}

interface Base {
  readonly app: Application;
  readonly source: SourceIdentity;
  readonly complete: LabelSource['complete'];
  readonly request: LabelRequest;
  readonly ports: LabelPorts;
}

async function prepareVector(base: Base): Promise<PreparedLabels> {
  const { app, request, ports } = base;
  const vector = await openVectorSource(base.source.href, { layer: request.layer, crs: request.crs });
  try {
    const classOf = await chooseClassOf(app, request, {
      href: vector.href,
      kind: 'vector',
      fields: vector.fields,
    });
    const srs = requireCrs(vector);
    const frames = ports.scenes.map((scene) => frameScene(scene, sceneGrid(scene, app.gsdMetres), srs));
    const rule = ruleOf(classOf, vector.href, app);
    const read = await readObjects(vector, frames, { ...rule, bufferMetres: request.bufferMetres });
    const objects = new Map(ports.scenes.map((scene, i) => [scene.id, read.perFrame[i]?.length ?? 0]));
    const record = recordOf(base, 'vector', { classOf, layer: vector.layer, counts: read.counts });
    const hit = await scenesHit(base, read);
    const warnings = [...warningsOf(read, vector, ports.scenes), ...boldCompleteness(base, frames, read)];
    return {
      record: { ...record, coverage: await coverageOf(base, { record, hit, objects }) },
      features: read.counts.features,
      warnings,
    };
  } finally {
    vector.close();
  }
}

/**
 * The scenes a vector source speaks about: those that an object or an area of completeness hits; named scenes also where
 * the labels are complete without any object there, unless all objects of the file lie elsewhere, which is a wrong CRS.
 */
async function scenesHit(base: Base, read: ReadObjects): Promise<SceneItem[]> {
  const { request, ports, complete, app } = base;
  const anywhere = read.perFrame.some((objects) => objects.length > 0);
  const nothingElsewhere = anywhere || read.counts.outside === 0;
  const hit: SceneItem[] = [];
  for (const [i, scene] of ports.scenes.entries()) {
    const any = (read.perFrame[i]?.length ?? 0) > 0;
    const bare = request.named !== null && complete.kind === 'scene' && nothingElsewhere;
    const target = { scene, grid: sceneGrid(scene, app.gsdMetres) };
    const within = async () =>
      complete.kind === 'polygons' &&
      nothingElsewhere &&
      (await readCompleteAreas(target, complete.source.href)).length > 0;
    if (any || bare || (await within())) hit.push(scene);
  }
  return hit;
}

async function prepareRaster(base: Base): Promise<PreparedLabels> {
  const { app, request, ports } = base;
  const { href } = base.source;
  const classOf = await chooseClassOf(app, request, { href, kind: 'raster', fields: [] });
  const record = recordOf(base, 'raster', {
    classOf,
    layer: null,
    counts: { features: 0, empty: 0, invalid: 0, repaired: 0, outside: 0 },
  });
  const map = classOf.kind === 'pixel' ? classOf.map : {};
  for (const scene of ports.scenes) {
    const options = { map, crs: request.crs, pixelOnPixel: request.named !== null };
    (await openLabelRaster(href, { scene, grid: sceneGrid(scene, app.gsdMetres) }, options)).close();
  }
  const all = await coverageOf(base, { record, hit: [...ports.scenes], objects: new Map() });
  const coverage = request.named !== null ? all : all.filter(({ labelledShare }) => labelledShare > 0);
  const none = coverage.every(({ labelledShare }) => labelledShare === 0);
  const warnings = none
    ? [
        `${basename(href)} states nothing about any scene: it lies elsewhere, or none of its values is named by --map.`,
      ]
    : [];
  return { record: { ...record, coverage: none ? [] : coverage }, features: 0, warnings };
}

async function coverageOf(
  base: Base,
  what: { record: LabelSource; hit: readonly SceneItem[]; objects: ReadonlyMap<string, number> },
): Promise<LabelSource['coverage']> {
  const coverage: LabelSource['coverage'] = [];
  for (const scene of what.hit) {
    const objects = what.objects.get(scene.id) ?? 0;
    const stub = { scene: scene.id, objects, labelledShare: 0, classShares: {} };
    const shares = await measureShares(await base.ports.validity(scene), base.app, [
      { ...what.record, coverage: [stub] },
    ]);
    coverage.push({ ...stub, ...shares });
  }
  return coverage;
}

function recordOf(
  base: Base,
  kind: LabelSource['kind'],
  what: Pick<LabelSource, 'classOf' | 'layer'> & { counts: ReadObjects['counts'] },
): LabelSource {
  const { app, source, complete, request, ports } = base;
  const { classOf, layer, counts } = what;
  const said = {
    application: app.name,
    href: source.href,
    size: source.size,
    sha256: source.sha256,
    etag: source.etag,
    parts: withoutTimes(source).parts,
    kind,
    layer,
    crs: request.crs,
  };
  const digest = digestOf({
    ...said,
    bufferMetres: request.bufferMetres,
    classOf,
    complete,
    named: request.named,
  });
  const stem = slug(basename(source.href, extname(source.href))).slice(0, 60);
  return {
    version: 1,
    id: `${stem}-${digest.slice(0, 8)}`,
    application: app.name,
    created: ports.created,
    kind,
    source,
    layer,
    crs: request.crs,
    bufferMetres: request.bufferMetres,
    classOf,
    complete,
    coverage: [],
    skipped: {
      empty: counts.empty,
      invalid: counts.invalid,
      outside: counts.outside,
      repaired: counts.repaired,
    },
  };
}

function warningsOf(read: ReadObjects, source: VectorSource, scenes: readonly SceneItem[]): string[] {
  const { counts, perFrame, extent } = read;
  const warnings: string[] = [];
  const name = basename(source.href);
  if (counts.repaired > 0) warnings.push(`${name}: ${counts.repaired} invalid geometries were mended.`);
  if (counts.invalid > 0)
    warnings.push(`${name}: ${counts.invalid} geometries could not be mended and were left out.`);
  if (counts.empty > 0) warnings.push(`${name}: ${counts.empty} features without geometry were left out.`);
  if (counts.features === 0) warnings.push(`${name} holds no objects.`);
  else if (perFrame.every((objects) => objects.length === 0)) {
    const why = extent === null || source.srs === null ? null : suspectCrs(extent, source.srs, scenes);
    warnings.push(
      `${name}: none of its ${counts.features} objects hits ${scenes.length === 1 ? `scene '${scenes[0]?.id ?? ''}'` : 'any scene'}.${why === null ? '' : ` ${why}`}`,
    );
  }
  return warnings;
}

/** Objects in less than this share of a scene make its whole being labelled doubtful. */
const DOUBTFUL_SHARE = 0.5;

/** Where --complete scene was given for every scene that is hit: scenes of which the objects fill but a corner. */
function boldCompleteness(
  { request, complete }: Base,
  frames: readonly SceneFrame[],
  read: ReadObjects,
): string[] {
  if (complete.kind !== 'scene' || request.named !== null) return [];
  return frames.flatMap(({ scene, grid }, i) => {
    const objects = read.perFrame[i] ?? [];
    if (objects.length === 0) return [];
    const box = objects.map((object) => object.box).reduce(unionBox);
    const width = Math.min(box.maxX, grid.width) - Math.max(box.minX, 0);
    const area = width * (Math.min(box.maxY, grid.height) - Math.max(box.minY, 0));
    const share = area / (grid.width * grid.height);
    if (share >= DOUBTFUL_SHARE) return [];
    return [
      `scene '${scene.id}': the objects lie within ${Math.round(100 * share)} % of it, and all the rest now counts as background. If that is not so, remove these labels and add them with --scene, or with --complete and the polygons within which they are complete.`,
    ];
  });
}

/** The error for files of which none says anything about any scene. */
export const outsideAllScenes = (app: Application, warnings: readonly string[]) =>
  inputError('LABELS_OUTSIDE_SCENES', `No label was added to '${app.name}': ${warnings.join(' ')}`, {
    hint: 'Check the CRS of the labels (--crs), and that their scenes were added (`resflow scene list`).',
    context: { application: app.name },
  });
