// One vectorising of a class raster by RESFlow's own code, as `map vectorize` does it, without a workspace around it:
// node bench/vectorize-map.mjs CLASS.tif OUT.fgb [CONFIDENCE.tif]. Prints objects, seconds, CPU seconds and memory as JSON.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { groundSampleDistance } from '../dist/geo/ground-distance.js';
import { lonLatTransform, describeCrs } from '../dist/raster/crs.js';
import { gdal } from '../dist/raster/gdal.js';
import { openLayer } from '../dist/raster/open-layer.js';
import { pointTransform } from '../dist/raster/transform-points.js';
import { layerStrips } from '../dist/vectorize/layer-strips.js';
import { measureObjects, PIECE_METRES } from '../dist/vectorize/measure-objects.js';
import { openVectorSink } from '../dist/vectorize/open-vector-sink.js';
import { traceRaster } from '../dist/vectorize/trace-raster.js';

const [classes, out, confidence] = process.argv.slice(2);
const begun = performance.now();
const dataset = gdal.open(classes);
const transform = dataset.geoTransform;
const { x: width, y: height } = dataset.rasterSize;
const { wkt2: crs } = describeCrs(dataset.srs);
const gsd = groundSampleDistance({ width, height, transform }, lonLatTransform(dataset.srs));
dataset.close();
const wanted = new Uint8Array(256);
wanted[1] = 1;
const readers = [];
for (let i = 0; i < Math.min(8, availableParallelism()); i += 1)
  readers.push(
    layerStrips({
      classes: await openLayer(classes),
      confidence: confidence === undefined ? null : await openLayer(confidence),
      buckets: null,
    }),
  );
const frame = {
  scene: 'bench',
  run: 'bench',
  digest: 'bench',
  transform,
  toLonLat: pointTransform(crs, 'OGC:CRS84'),
  toOutput: pointTransform(crs, crs),
  piecePixels: PIECE_METRES / gsd.columns,
  names: new Map([[1, 'building']]),
  confidenceScale: confidence === undefined ? null : 1 / 255,
  noBucket: null,
  hasSeams: true,
  minAreaM2: 0,
  minHoleM2: 0,
};
const [x0, y0] = [transform[0], transform[3]];
const bounds = [x0, y0 + height * transform[5], x0 + width * transform[1], y0];
const format = out.split('.').at(-1);
const sink = await openVectorSink({
  path: out,
  format,
  layer: 'buildings',
  crs,
  bounds,
  gsdMetres: gsd.columns,
});
const rule = {
  wanted,
  connectivity: 4,
  simplify: null,
  regularise: null,
  seams: { corePixels: 1024, reachPixels: 2 },
  height,
};
let objects = 0;
for await (const batch of traceRaster({ height, rule, readers, signal: new AbortController().signal })) {
  const measured = [...measureObjects(batch, frame)];
  objects += measured.length;
  if (measured.length > 0) await sink.write(measured);
}
await sink.finish();
const { userCPUTime, systemCPUTime } = process.resourceUsage();
// Not maxRSS: that of the process that started this one counts there.
const memoryMiB = Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
const seconds = (performance.now() - begun) / 1000;
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
process.stdout.write(`${JSON.stringify({ objects, seconds, cpuSeconds, memoryMiB })}\n`);
