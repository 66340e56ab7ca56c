import { useEffect, useState, useSyncExternalStore } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = 'resflow-theme';

const stored = (): Theme => {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(STORED_AS)) ?? 'system';
  } catch {
    return 'system';
  }
};

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const subscribe = (onChange: () => void): (() => void) => {
  darkQuery.addEventListener('change', onChange);
  return () => darkQuery.removeEventListener('change', onChange);
};

/** The theme that was chosen, what it comes to now, and a way to choose another; kept between visits. */
export function useTheme(): { theme: Theme; dark: boolean; choose: (theme: Theme) => void } {
  const [theme, setTheme] = useState(stored);
  const systemDark = useSyncExternalStore(subscribe, () => darkQuery.matches);
  const dark = theme === 'system' ? systemDark : theme === 'dark';
  useEffect(() => {
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }, [dark]);
  const choose = (next: Theme): void => {
    setTheme(next);
    try {
      localStorage.setItem(STORED_AS, next);
    } catch {
      // A browser that keeps nothing shows the theme all the same.
    }
  };
  return { theme, dark, choose };
}
