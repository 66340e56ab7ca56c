import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { digestOf } from '../core/digest.ts';
import { describeCrs, parseCrs } from '../raster/crs.ts';
import { pointTransform } from '../raster/transform-points.ts';
import { layerStrips } from '../vectorize/layer-strips.ts';
import { measureObjects, PIECE_METRES, type SceneFrame } from '../vectorize/measure-objects.ts';
import { DEGREES_ONLY, openVectorSink } from '../vectorize/open-vector-sink.ts';
import type { VectorizeResult } from '../vectorize/schema.ts';
import { REGULARISED } from '../vectorize/object-batch.ts';
import { UNBLENDED_REACH } from '../vectorize/seam-zone.ts';
import { traceRaster } from '../vectorize/trace-raster.ts';
import type { VectorSink } from '../vectorize/vector-sink.ts';
import { NO_BUCKET } from '../inference/map-layers.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import type { CommandContext } from './command.ts';
import { layerPath, openMapLayer } from './open-map-layer.ts';
import { planVectors, type SceneToTrace, type VectorizeRequest, type VectorPlan } from './plan-vectors.ts';

/** More threads than this gain nothing: one thread writes. */
const MOST_THREADS = 8;

/** Writes the objects of a run's maps to one file. Throws the errors of `planVectors`, and of reading and writing. */
export async function vectorizeRun(
  run: RunRecord,
  request: VectorizeRequest,
  context: CommandContext,
): Promise<VectorizeResult> {
  const begun = performance.now();
  const plan = await planVectors(run, request, context.workspace);
  const sink = await openVectorSink({
    path: plan.path,
    format: plan.format,
    layer: plan.name,
    crs: plan.crs,
    bounds: plan.bounds,
    gsdMetres: Math.min(...plan.scenes.map(({ grid }) => grid.gsdMetres)),
  });
  const megapixels = plan.scenes.reduce((sum, { grid }) => sum + (grid.width * grid.height) / 1e6, 0);
  context.progress.start('Vectorising', Math.round(megapixels * 10) / 10, 'Mpx');
  const scenes: VectorizeResult['scenes'] = [];
  const counts = { regular: 0 };
  try {
    let before = 0;
    for (const scene of plan.scenes) {
      const onRows = (rows: number) =>
        context.progress.update(before + (rows * scene.grid.width) / 1e6, scene.item.id);
      const done = await vectorizeScene(
        { run, request, plan, scene, sink },
        { signal: context.signal, onRows },
      );
      counts.regular += done.regular;
      before += (scene.grid.width * scene.grid.height) / 1e6;
      scenes.push({
        scene: scene.item.id,
        objects: done.objects,
        megapixels: (scene.grid.width * scene.grid.height) / 1e6,
      });
    }
    context.signal.throwIfAborted();
    await sink.finish();
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    context.progress.stop();
  }
  const seconds = (performance.now() - begun) / 1000;
  const objects = scenes.reduce((sum, one) => sum + one.objects, 0);
  const { size } = await stat(plan.path);
  return {
    run: run.id,
    layer: request.layer,
    files: [{ path: plan.path, format: plan.format, objects, bytes: size, crs: crsName(plan.crs) }],
    scenes,
    seconds,
    megapixelsPerSecond: megapixels / seconds,
    regularised: request.regularise
      ? { objects: counts.regular, keptRaw: objects - counts.regular, minIou: request.minIou }
      : null,
  };
}

function crsName(crs: string): string {
  const srs = parseCrs(crs);
  if (srs.isSame(parseCrs('OGC:CRS84'))) return crs === 'OGC:CRS84' ? crs : 'EPSG:4326';
  return describeCrs(srs).code ?? 'no code';
}

interface SceneWork {
  readonly run: RunRecord;
  readonly request: VectorizeRequest;
  readonly plan: VectorPlan;
  readonly scene: SceneToTrace;
  readonly sink: VectorSink;
}

/** Writes one scene's objects; gives their number, and how many were made regular. */
async function vectorizeScene(
  { run, request, plan, scene, sink }: SceneWork,
  { signal, onRows }: { signal: AbortSignal; onRows: (rows: number) => void },
): Promise<{ objects: number; regular: number }> {
  const { grid } = scene;
  const threads = Math.max(1, Math.min(MOST_THREADS, availableParallelism(), Math.ceil(grid.height / 1024)));
  const lanes: Awaited<ReturnType<typeof openLane>>[] = [];
  try {
    for (let i = 0; i < threads; i += 1) lanes.push(await openLane(run, scene, request.layer));
    const first = lanes[0];
    const frame: SceneFrame = {
      ...frameOf({ run, request, plan, scene, sink }),
      confidenceScale: first?.confidence?.scale ?? null,
      noBucket: (first?.buckets ?? null) === null ? null : NO_BUCKET,
    };
    const { corePixels, blendPixels } = run.parameters;
    const { columnMetres, rowMetres } = scene;
    const { minIou } = request;
    const batches = traceRaster({
      height: grid.height,
      readers: lanes.map((lane) => layerStrips(lane)),
      rule: {
        wanted: plan.wanted,
        connectivity: request.connectivity,
        simplify:
          request.simplify > 0 ? { toleranceMetres: request.simplify, columnMetres, rowMetres } : null,
        regularise: request.regularise ? { columnMetres, rowMetres, minIou } : null,
        seams: { corePixels, reachPixels: blendPixels > 0 ? blendPixels : UNBLENDED_REACH },
        height: grid.height,
      },
      signal,
      onRows,
    });
    let [objects, regular] = [0, 0];
    for await (const batch of batches) {
      const measured = [...measureObjects(batch, frame)];
      objects += measured.length;
      regular += measured.filter(({ outcome }) => outcome === REGULARISED).length;
      if (measured.length > 0) await sink.write(measured);
    }
    return { objects, regular };
  } finally {
    for (const { classes, confidence, buckets } of lanes)
      for (const layer of [classes, confidence, buckets]) layer?.close();
  }
}

async function openLane(run: RunRecord, { item, grid }: SceneToTrace, layer: string) {
  const open = async (name: string) =>
    layerPath(run, item, name) === null ? null : openMapLayer(run, item, grid, name);
  return {
    classes: await openMapLayer(run, item, grid, layer),
    confidence: await open('confidence'),
    buckets: await open('bucket'),
  };
}

function frameOf({ run, request, plan, scene }: SceneWork): Omit<SceneFrame, 'confidenceScale' | 'noBucket'> {
  const { item, grid, crs } = scene;
  return {
    scene: item.id,
    run: run.id,
    digest: digestOf({
      scene: item.id,
      layer: request.layer,
      connectivity: request.connectivity,
      transform: [...grid.transform],
      width: grid.width,
      height: grid.height,
      crs,
    }),
    transform: grid.transform,
    toLonLat: pointTransform(crs, 'OGC:CRS84'),
    toOutput: pointTransform(crs, DEGREES_ONLY.has(plan.format) ? 'OGC:CRS84' : plan.crs),
    piecePixels: Math.max(1, PIECE_METRES / grid.gsdMetres),
    names: plan.names,
    hasSeams: true,
    minAreaM2: request.minArea,
    minHoleM2: request.minHole,
  };
}
