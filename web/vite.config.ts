import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * The page, built into static files that `resflow serve` gives out. Nothing is inlined as a data address and no script
 * stands in the HTML, so that a strict content security policy holds. For work on the page `npx vite web` serves the
 * sources and hands what is not theirs to a running `resflow serve`.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 1200,
    emptyOutDir: true,
    // Of the libraries that are built in.
    license: { fileName: 'licences.md' },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/tiles', '/files', '/stac'].map((path) => [path, 'http://127.0.0.1:8080']),
    ),
  },
});
