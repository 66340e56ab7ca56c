import { lazy, Suspense, useEffect, type ComponentType } from 'react';
import { AccessDialog } from './shell/access-dialog.tsx';
import { FailureBoundary } from './shell/failure-boundary.tsx';
import { Navigation, VIEW_NAMES } from './shell/navigation.tsx';
import type { ViewProps } from './shell/view-props.ts';
import { useTheme } from './state/theme.ts';
import { useUrlState, type View } from './state/url-state.ts';

/** Views are read when they are first opened; the map's libraries are most of the page. */
const VIEW_PARTS: Readonly<Record<View, ComponentType<ViewProps>>> = {
  map: lazy(() => import('./views/map/map-view.tsx').then(({ MapView }) => ({ default: MapView }))),
  runs: lazy(() => import('./views/runs/runs-view.tsx').then(({ RunsView }) => ({ default: RunsView }))),
  gallery: lazy(() =>
    import('./views/gallery/gallery-view.tsx').then(({ GalleryView }) => ({ default: GalleryView })),
  ),
  models: lazy(() =>
    import('./views/models/models-view.tsx').then(({ ModelsView }) => ({ default: ModelsView })),
  ),
  report: lazy(() =>
    import('./views/report/report-view.tsx').then(({ ReportView }) => ({ default: ReportView })),
  ),
};

export function App() {
  const [{ view }] = useUrlState();
  const { theme, dark, choose } = useTheme();
  const Shown = VIEW_PARTS[view];
  useEffect(() => {
    document.title = `${VIEW_NAMES[view]} · RESFlow`;
  }, [view]);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the view
      </a>
      <Navigation view={view} theme={theme} onTheme={choose} />
      <main id="main" className={`view view-${view}`} tabIndex={-1}>
        <FailureBoundary key={view}>
          <Suspense fallback={<p className="waiting">Opening {VIEW_NAMES[view].toLowerCase()} …</p>}>
            <Shown dark={dark} />
          </Suspense>
        </FailureBoundary>
      </main>
      <AccessDialog />
    </div>
  );
}
