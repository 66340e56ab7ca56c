import { boxHolds } from '../geo/lon-lat-box.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, type SpatialReference } from '../raster/gdal.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import type { SourceBox } from './scene-frame.ts';

/**
 * Why a source's objects may hit no scene: whether its extent would, with the axes swapped, or read in a scene's own CRS
 * or in degrees. One sentence with what to try, or null.
 */
export function suspectCrs(
  extent: SourceBox,
  srs: SpatialReference,
  scenes: readonly SceneItem[],
): string | null {
  const swapped = { minX: extent.minY, maxX: extent.maxY, minY: extent.minX, maxY: extent.maxX };
  const swappedHit = hit(swapped, srs, scenes);
  if (swappedHit !== null) {
    return `With x and y swapped they would lie on scene '${swappedHit}': the file's axes are probably in latitude, longitude order; write it again as longitude, latitude.`;
  }
  const others = [
    'OGC:CRS84',
    ...new Set(scenes.map((scene) => scene.properties['proj:code'] ?? scene.properties['proj:wkt2'])),
  ];
  for (const other of others) {
    const found = hit(extent, parseCrs(other), scenes);
    if (found === null) continue;
    const name =
      other === 'OGC:CRS84' ? 'EPSG:4326' : other.startsWith('EPSG') ? other : `the CRS of scene '${found}'`;
    return `Read as ${name} they would lie on scene '${found}': if that is right, add the file with --crs ${other === 'OGC:CRS84' ? 'EPSG:4326' : other.startsWith('EPSG') ? other : 'and that CRS'}.`;
  }
  return null;
}

/** The first scene whose bounding box the middle or a corner of an extent falls on, read in a CRS. */
function hit(extent: SourceBox, srs: SpatialReference, scenes: readonly SceneItem[]): string | null {
  const transform = new gdal.CoordinateTransformation(srs, parseCrs('OGC:CRS84'));
  const corners = [
    [0.5, 0.5],
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const;
  for (const [u, v] of corners) {
    const at = [
      extent.minX + u * (extent.maxX - extent.minX),
      extent.minY + v * (extent.maxY - extent.minY),
    ] as const;
    const scene = sceneAt(transform, at, scenes);
    if (scene !== null) return scene;
  }
  return null;
}

function sceneAt(
  transform: InstanceType<typeof gdal.CoordinateTransformation>,
  [x, y]: readonly [number, number],
  scenes: readonly SceneItem[],
): string | null {
  try {
    const point = transform.transformPoint(x, y);
    const found = scenes.find(({ bbox }) => boxHolds(bbox, [point.x, point.y]));
    return found?.id ?? null;
  } catch {
    return null;
  }
}
