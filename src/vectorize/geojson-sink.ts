import { rename } from 'node:fs/promises';
import { AppendFile } from '../core/append-file.ts';
import { cutAtAntimeridian } from './cut-antimeridian.ts';
import type { MappedObject } from './schema.ts';
import type { SinkRequest, VectorSink } from './vector-sink.ts';
import type { Polygons } from '../geo/polygon-wkb.ts';

/** Digits of a degree after the point: a tenth of a millimetre. */
const DIGITS = 9;

/**
 * GeoJSON (RFC 7946), whole or one feature a line: longitude and latitude, outer rings counter-clockwise, objects that
 * cross the antimeridian cut there.
 */
export async function openGeoJson({ path, format, layer }: SinkRequest): Promise<VectorSink> {
  const file = await AppendFile.create(path);
  const text = new TextEncoder();
  const lines = format === 'geojsonseq';
  let count = 0;
  const write = async (objects: Iterable<MappedObject>) => {
    const parts: string[] = [];
    for (const object of objects) {
      parts.push(lines ? '' : count === 0 ? '\n' : ',\n', featureText(object), lines ? '\n' : '');
      count += 1;
    }
    if (parts.length > 0) await file.append(text.encode(parts.join('')));
  };
  if (!lines)
    await file.append(
      text.encode(`{"type":"FeatureCollection","name":${JSON.stringify(layer)},"features":[`),
    );
  return {
    write,
    async finish() {
      if (!lines) await file.append(text.encode('\n]}\n'));
      await file.finish();
      await rename(file.temporary, path);
    },
    abort: () => file.discard(),
  };
}

function featureText(object: MappedObject): string {
  const properties = {
    class: object.name,
    value: object.value,
    area_m2: rounded(object.areaM2, 4),
    perimeter_m: rounded(object.perimeterM, 4),
    pixels: object.pixels,
    confidence: object.confidence === null ? null : rounded(object.confidence, 5),
    bucket: object.bucket,
    seam_share: object.seamShare === null ? null : rounded(object.seamShare, 5),
    scene: object.scene,
    run: object.run,
  };
  return `{"type":"Feature","id":"${object.id}","properties":${JSON.stringify(properties)},"geometry":${geometryText(object.polygons)}}`;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

function geometryText(polygons: Polygons): string {
  const cut = cutAtAntimeridian(polygons);
  const texts = cut.map((rings) => `[${rings.map(ringText).join(',')}]`);
  return cut.length === 1
    ? `{"type":"Polygon","coordinates":${texts[0] ?? '[]'}}`
    : `{"type":"MultiPolygon","coordinates":[${texts.join(',')}]}`;
}

function ringText(ring: Float64Array): string {
  const points: string[] = [];
  for (let i = 0; i <= ring.length; i += 2) {
    const at = i % ring.length;
    points.push(`[${rounded(ring[at] ?? 0, DIGITS)},${rounded(ring[at + 1] ?? 0, DIGITS)}]`);
  }
  return `[${points.join(',')}]`;
}
