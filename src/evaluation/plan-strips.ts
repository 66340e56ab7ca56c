import type { Window } from '../geo/window.ts';

/** A strip of whole rows: `core` is what it stands for; `read` has `margin` rows more above and below, inside the grid. */
export interface Strip {
  readonly core: Window;
  readonly read: Window;
}

/** Cuts a grid into strips of whole rows of about `pixels` pixels each; cores cover every row once, top to bottom. */
export function planStrips(
  grid: { readonly width: number; readonly height: number },
  margin: number,
  pixels: number,
): Strip[] {
  const rows = Math.max(16, Math.floor(pixels / grid.width));
  const strips: Strip[] = [];
  for (let y = 0; y < grid.height; y += rows) {
    const height = Math.min(rows, grid.height - y);
    const top = Math.max(0, y - margin);
    const bottom = Math.min(grid.height, y + height + margin);
    strips.push({
      core: { x: 0, y, width: grid.width, height },
      read: { x: 0, y: top, width: grid.width, height: bottom - top },
    });
  }
  return strips;
}
