import { lazy, Suspense, useCallback } from 'react';
import type { ScenesAnswer } from '../../api/answers.ts';
import { useResource } from '../../api/use-resource.ts';
import { AreaTools } from '../../map/area-tools.tsx';
import { boxOf, boxText, firstView, parseBox, type Box } from '../../map/camera.ts';
import { Footprints } from '../../map/footprints.tsx';
import { MapStage } from '../../map/map-stage.tsx';
import { SceneImagery } from '../../map/scene-imagery.tsx';
import { useUrlState } from '../../state/url-state.ts';
import type { CloudProps } from './cloud-props.ts';

/** Read when it is first looked at: it brings a library of its own. */
const ChipOverlay = lazy(() => import('./chip-overlay.tsx').then((part) => ({ default: part.ChipOverlay })));

/** The chips where they lie; what is like a drawn square is found. */
export function GalleryMap({ cloud, dark }: { cloud: CloudProps | null; dark: boolean }) {
  const [url, change] = useUrlState();
  const { data } = useResource<ScenesAnswer>('/api/scenes');
  const scenes = data?.scenes ?? [];
  const onMove = useCallback((at: string) => change({ at }, { replace: true }), [change]);
  const search = (box: Box | null): void => {
    const middle = box === null ? null : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    change({
      area: box === null ? null : boxText(box),
      like: middle === null ? null : middle.map((value) => value.toFixed(6)).join(','),
    });
  };
  return (
    <MapStage
      label="Map of the chips"
      dark={dark}
      at={url.get('at')}
      extent={firstView(scenes.map(({ bbox }) => boxOf(bbox)))}
      onMove={onMove}
    >
      <SceneImagery scenes={scenes} opacity={0.8} order={10} />
      <Footprints scenes={scenes} dark={dark} />
      {cloud !== null && (
        <Suspense>
          <ChipOverlay {...cloud} />
        </Suspense>
      )}
      <AreaTools area={parseBox(url.get('area'))} dark={dark} onArea={search} />
    </MapStage>
  );
}
