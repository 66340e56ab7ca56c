import { extname, join, resolve } from 'node:path';
import { contractError, inputError, usageError } from '../core/errors.ts';
import { applyAffine } from '../geo/affine.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { NO_BUCKET, UNKNOWN_BUCKET } from '../inference/map-layers.ts';
import { parseCrs } from '../raster/crs.ts';
import { pointTransform } from '../raster/transform-points.ts';
import { DEGREES_ONLY } from '../vectorize/open-vector-sink.ts';
import { VECTOR_FORMATS, type VectorFormat } from '../vectorize/schema.ts';
import { VECTOR_FILES } from '../vectorize/vector-files.ts';
import type { Connectivity } from '../vectorize/strip-scan.ts';
import { readApplication } from '../workspace/applications.ts';
import { vectorsFolder } from '../workspace/layout.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';

/** What `map vectorize` is asked for. */
export interface VectorizeRequest {
  readonly scene?: string | undefined;
  readonly layer: 'class' | 'bucket';
  readonly class?: readonly string[] | undefined;
  readonly format?: VectorFormat | undefined;
  readonly out?: string | undefined;
  readonly crs?: string | undefined;
  readonly connectivity: Connectivity;
  readonly minArea: number;
  readonly minHole: number;
  readonly simplify: number;
  readonly regularise: boolean;
  readonly minIou: number;
}

/** A scene whose map is to be traced. */
export interface SceneToTrace {
  readonly item: SceneItem;
  readonly grid: WorkingGrid;
  /** WKT of the map's CRS. */
  readonly crs: string;
  /** Metres on the ground along one step of the map's grid. */
  readonly columnMetres: number;
  readonly rowMetres: number;
}

/** What is written, where, and of which scenes and values. */
export interface VectorPlan {
  readonly scenes: readonly SceneToTrace[];
  readonly path: string;
  readonly format: VectorFormat;
  /** Of the layer in the file. */
  readonly name: string;
  /** Of the coordinates written. */
  readonly crs: string;
  readonly bounds: readonly [number, number, number, number];
  readonly wanted: Uint8Array;
  readonly names: ReadonlyMap<number, string>;
}

/** Decides everything that can be refused before any pixel is read. */
export async function planVectors(
  run: RunRecord,
  request: VectorizeRequest,
  root: string,
): Promise<VectorPlan> {
  if (request.minHole > request.minArea) {
    throw usageError(
      'HOLE_ABOVE_AREA',
      `--min-hole ${request.minHole} is above --min-area ${request.minArea}.`,
      {
        hint: `An object in a hole that is filled would lie on another: give --min-area ${request.minHole} too.`,
      },
    );
  }
  const scenes = await chooseScenes(run, request, root);
  const { wanted, names } = await chooseValues(run, request, root);
  const name = [request.scene ?? run.application, ...(request.layer === 'class' ? [] : [request.layer])].join(
    '-',
  );
  const { format, path } = chooseFile(request, join(vectorsFolder(root, run.id), name));
  const crs = chooseCrs(scenes, request, format);
  return { scenes, path, format, name, crs, bounds: boundsOf(scenes, crs), wanted, names };
}

async function chooseScenes(
  run: RunRecord,
  request: VectorizeRequest,
  root: string,
): Promise<SceneToTrace[]> {
  const asked =
    request.scene === undefined ? run.scenes : run.scenes.filter(({ scene }) => scene === request.scene);
  if (asked.length === 0) {
    throw inputError('SCENE_NOT_IN_RUN', `Run '${run.id}' did not map scene '${request.scene ?? ''}'.`, {
      hint: `It mapped: ${run.scenes.map(({ scene }) => scene).join(', ')}.`,
      context: { run: run.id, scene: request.scene ?? null },
    });
  }
  const undone = asked.filter(({ status }) => status !== 'done').map(({ scene }) => scene);
  if (undone.length > 0) {
    throw contractError('RUN_NOT_DONE', `Run '${run.id}' has no map yet of ${undone.join(', ')}.`, {
      hint: `Finish it with \`resflow map resume ${run.id}\`, or take one scene that is done with --scene.`,
      context: { run: run.id, scenes: undone },
    });
  }
  const items = await Promise.all(asked.map(({ scene }) => readScene(root, scene)));
  return items.map((item) => sceneToTrace(item, run));
}

function sceneToTrace(item: SceneItem, run: RunRecord): SceneToTrace {
  const grid = sceneGrid(item, run.parameters.gsdMetres);
  const crs = item.properties['proj:wkt2'];
  if (crs.trim() === '' || parseCrs(crs).isLocal()) {
    throw contractError(
      'NO_CRS',
      `Scene '${item.id}' has no CRS, so its objects have no place on the ground.`,
      {
        hint: 'Add the scene again with `resflow scene add --replace --crs EPSG:...`.',
        context: { scene: item.id },
      },
    );
  }
  return {
    item,
    grid,
    crs,
    columnMetres: item.properties['resflow:gsd_columns'] * grid.scaleX,
    rowMetres: item.properties['resflow:gsd_rows'] * grid.scaleY,
  };
}

async function chooseValues(run: RunRecord, request: VectorizeRequest, root: string) {
  const names = new Map<number, string>();
  if (request.layer === 'class') {
    const application = await readApplication(root, run.application);
    if (application.background) names.set(0, 'background');
    for (const { id, name } of application.classes) names.set(id, name);
  } else {
    for (const { bucket } of run.gallery?.buckets ?? []) names.set(bucket, `bucket ${bucket}`);
    names.set(UNKNOWN_BUCKET, 'unknown');
  }
  const missing = (request.class ?? []).find((name) => ![...names.values()].includes(name));
  if (missing !== undefined) {
    throw inputError('NO_CLASS', `The layer '${request.layer}' has no class '${missing}'.`, {
      hint: `It has: ${[...names.values()].join(', ')}.`,
      context: { run: run.id, class: missing },
    });
  }
  const wanted = new Uint8Array(256);
  for (const [value, name] of names) {
    const asked = request.class?.includes(name) ?? (request.layer === 'bucket' || value !== 0);
    if (asked && value !== NO_BUCKET) wanted[value] = 1;
  }
  return { wanted, names };
}

function chooseFile(request: VectorizeRequest, base: string): { format: VectorFormat; path: string } {
  const extension = request.out === undefined ? null : extname(request.out).toLowerCase();
  const byName = VECTOR_FORMATS.find((one) => VECTOR_FILES[one].extensions.includes(extension ?? ''));
  const format = request.format ?? byName ?? (extension === null ? 'parquet' : null);
  if (format === null) {
    throw usageError('NO_FORMAT', `'${request.out ?? ''}' does not say which format it is to be.`, {
      hint: `Give --format, or a name that ends in ${Object.values(VECTOR_FILES)
        .flatMap(({ extensions }) => extensions)
        .join(', ')}.`,
    });
  }
  if (extension !== null && byName !== format) {
    throw usageError('FORMAT_MISMATCH', `--format ${format} writes no '${extension}' files.`, {
      hint: `Let the name end in ${VECTOR_FILES[format].extensions.join(' or ')}.`,
    });
  }
  return { format, path: resolve(request.out ?? `${base}${VECTOR_FILES[format].extensions[0]}`) };
}

function chooseCrs(scenes: readonly SceneToTrace[], request: VectorizeRequest, format: VectorFormat): string {
  if (DEGREES_ONLY.has(format)) {
    if (request.crs === undefined || parseCrs(request.crs).isSame(parseCrs('EPSG:4326'))) return 'OGC:CRS84';
    throw usageError('FIXED_CRS', `${format} files hold longitude and latitude only, not ${request.crs}.`, {
      hint: 'Leave --crs out, or take parquet, fgb or gpkg.',
    });
  }
  if (request.crs !== undefined) {
    parseCrs(request.crs);
    return request.crs;
  }
  const [first, ...others] = scenes;
  const own = parseCrs(first?.crs ?? '');
  const other = others.find(({ crs }) => !parseCrs(crs).isSame(own));
  if (other === undefined) return first?.crs ?? '';
  throw contractError(
    'SEVERAL_CRS',
    `The maps of '${first?.item.id ?? ''}' and '${other.item.id}' have different CRSs, and a file has one.`,
    { hint: 'Give --crs (EPSG:4326 takes any), or one --scene at a time.' },
  );
}

/** Steps along a map's edge at which its bounds in another CRS are taken. */
const EDGE_STEPS = 32;

function boundsOf(scenes: readonly SceneToTrace[], crs: string): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const scene of scenes) {
    const { width, height, transform } = scene.grid;
    const edge: number[] = [];
    for (let i = 0; i <= EDGE_STEPS; i += 1) {
      const [x, y] = [(width * i) / EDGE_STEPS, (height * i) / EDGE_STEPS];
      for (const [column, row] of [
        [x, 0],
        [x, height],
        [0, y],
        [width, y],
      ] as const)
        edge.push(...applyAffine(transform, column, row));
    }
    pointTransform(
      scene.crs,
      crs,
    )(Float64Array.from(edge)).forEach((value, i) => {
      const axis = i % 2;
      bounds[axis] = Math.min(bounds[axis] ?? Infinity, value);
      bounds[axis + 2] = Math.max(bounds[axis + 2] ?? -Infinity, value);
    });
  }
  return bounds;
}
