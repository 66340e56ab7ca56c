import type { Geometry } from 'gdal-async';
import { boxCentre, boxesMeet } from '../geo/lon-lat-box.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal } from '../raster/gdal.ts';
import type { SceneItem } from './scene-record.ts';

/**
 * Square metres of ground that two scenes' footprints of valid pixels share, on the WGS 84 ellipsoid (Lambert's
 * equal-area projection about the first scene's centre). 0 where they do not meet.
 */
export function footprintOverlapM2(a: SceneItem, b: SceneItem): number {
  if (!boxesMeet(a.bbox, b.bbox)) return 0;
  const [lon, lat] = boxCentre(a.bbox);
  const local = parseCrs(`+proj=laea +lat_0=${lat} +lon_0=${lon} +datum=WGS84 +units=m`);
  const onGround = (scene: SceneItem): Geometry => {
    const geometry = gdal.Geometry.fromGeoJson(scene.geometry);
    geometry.transform(new gdal.CoordinateTransformation(parseCrs('OGC:CRS84'), local));
    return geometry.isValid() ? geometry : geometry.makeValid();
  };
  const common = onGround(a).intersection(onGround(b));
  return areaOf(common);
}

/** Area of polygons; other parts of a collection (touching points and lines) have none. */
function areaOf(geometry: Geometry): number {
  if (geometry instanceof gdal.Polygon || geometry instanceof gdal.MultiPolygon) return geometry.getArea();
  if (geometry instanceof gdal.GeometryCollection) {
    let sum = 0;
    for (const child of geometry.children) sum += areaOf(child);
    return sum;
  }
  return 0;
}
