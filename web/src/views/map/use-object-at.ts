import type { ObjectFeature, ObjectsAnswer, RunView } from '../../api/answers.ts';
import { useResource, type Resource } from '../../api/use-resource.ts';
import { holdsPlace } from './holds-place.ts';

/** Half a metre or less. */
const NEAR_DEGREES = 4e-6;

/** The outlined object of a run at a place; `found` says why there is none to show. */
export function useObjectAt(
  run: RunView | null,
  place: readonly [lon: number, lat: number] | null,
): { object: ObjectFeature | null; found: Resource<ObjectsAnswer> } {
  const path =
    run === null || place === null
      ? null
      : `/api/runs/${run.id}/objects?limit=50&bbox=${[
          place[0] - NEAR_DEGREES,
          place[1] - NEAR_DEGREES,
          place[0] + NEAR_DEGREES,
          place[1] + NEAR_DEGREES,
        ].join(',')}`;
  const found = useResource<ObjectsAnswer>(path);
  const object =
    place === null
      ? null
      : (found.data?.features.find(({ geometry }) => holdsPlace(geometry, place)) ?? null);
  return { object, found };
}
