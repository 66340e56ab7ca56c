type Place = readonly [lon: number, lat: number];
type Ring = readonly (readonly number[])[];

/** Whether a polygon or multipolygon holds a place; holes hold nothing. */
export function holdsPlace(
  { type, coordinates }: { readonly type: string; readonly coordinates: unknown },
  place: Place,
): boolean {
  const polygons =
    type === 'MultiPolygon' ? (coordinates as Ring[][]) : type === 'Polygon' ? [coordinates as Ring[]] : [];
  return polygons.some((rings) => rings.filter((ring) => ringHolds(ring, place)).length % 2 === 1);
}

/** By the edges that a ray to the east crosses. */
function ringHolds(ring: Ring, [lon, lat]: Place): boolean {
  let inside = false;
  for (let i = 1; i < ring.length; i += 1) {
    const [ax = 0, ay = 0] = ring[i - 1] ?? [];
    const [bx = 0, by = 0] = ring[i] ?? [];
    if (ay > lat !== by > lat && lon < ax + ((lat - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  }
  return inside;
}
