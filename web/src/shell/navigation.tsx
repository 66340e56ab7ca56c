import { THEMES, type Theme } from '../state/theme.ts';
import { addressOf, VIEWS, type View } from '../state/url-state.ts';
import { Link } from './link.tsx';

export const VIEW_NAMES: Readonly<Record<View, string>> = {
  map: 'Map',
  runs: 'Runs',
  gallery: 'Gallery',
  models: 'Models',
  report: 'Report',
};

/** Outlines on a grid of 24. */
const ICONS: Readonly<Record<View, string>> = {
  map: 'M9 4 3 6v14l6-2 6 2 6-2V4l-6 2-6-2zm0 0v14m6-12v14',
  runs: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM14 14l6 3-6 3z',
  gallery:
    'M5 6.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 0 0-3 0zm9-1a2 2 0 1 0 4 0 2 2 0 0 0-4 0zM4 16a3 3 0 1 0 6 0 3 3 0 0 0-6 0zm11-2.500a1.500 1.500 0 1 0 3 0 1.500 1.500 0 0 0-3 0zm-.5 5.500a1 1 0 1 0 2 0 1 1 0 0 0-2 0z',
  models: 'M4 4v16h16M7 15c3 0 3-7 6-7s3 3 7 3',
  report: 'M6 3h9l4 4v14H6zM9 16v-3m3.500 3V10m3.500 6v-2',
};

/** Of the present place, run and application, what other views also show. */
const KEPT = ['run', 'app'];

const THEME_NAMES: Readonly<Record<Theme, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' };

interface NavigationProps {
  readonly view: View;
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
}

export function Navigation({ view, theme, onTheme }: NavigationProps) {
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return (
    <header className="rail">
      <Link to="/map" className="mark">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path className="mark-hill" d="M3 22 12 7l6 10 4-6 7 11z" />
          <path className="mark-line" d="M3 27h26" />
        </svg>
        <span>RESFlow</span>
      </Link>
      <nav aria-label="Views">
        {VIEWS.map((one) => (
          <Link key={one} to={addressOf(one, {}, KEPT)} className="tab" current={one === view}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d={ICONS[one]} />
            </svg>
            <span>{VIEW_NAMES[one]}</span>
          </Link>
        ))}
      </nav>
      <button
        type="button"
        className="tab theme"
        onClick={() => onTheme(next)}
        aria-label={`${THEME_NAMES[theme]} colours; change to ${THEME_NAMES[next]}`}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z" />
          <path d="M12 3a9 9 0 0 1 0 18z" className="filled" />
        </svg>
        <span>{THEME_NAMES[theme]}</span>
      </button>
    </header>
  );
}
