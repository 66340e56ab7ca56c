import type { Random } from '../core/random.ts';
import { blend, isOnCanvas, paintShape, raise, take, type Canvas, type Colour } from './canvas.ts';
import type { Scenery } from './paint-building.ts';
import { bandShape, boxAt, boxRing, ringShape, type Vertex } from './shape.ts';
import { paintSurface, type Surface } from './texture.ts';

export interface Road {
  readonly line: readonly Vertex[];
  readonly width: number;
  readonly surface: Surface;
  /** Kerb or verge on both sides: its width and surface. */
  readonly verge?: { readonly width: number; readonly surface: Surface };
  readonly centreLine?: boolean;
}

function eachPiece(canvas: Canvas, line: readonly Vertex[], visit: (from: Vertex, to: Vertex) => void): void {
  for (let k = 1; k < line.length; k++) {
    const [from, to] = [line[k - 1], line[k]];
    if (from !== undefined && to !== undefined && isOnCanvas(canvas, bandShape(from, to, 30)))
      visit(from, to);
  }
}

/** Paints roads, all verges first so that crossings stay open, and keeps buildings off them. */
export function paintRoads({ canvas, texture }: Scenery, roads: readonly Road[]): void {
  for (const { line, width, verge } of roads) {
    if (verge === undefined) continue;
    const painter = paintSurface(canvas, texture, verge.surface);
    eachPiece(canvas, line, (from, to) =>
      paintShape(canvas, bandShape(from, to, width + 2 * verge.width), painter),
    );
  }
  for (const { line, width, surface } of roads) {
    const painter = paintSurface(canvas, texture, surface);
    eachPiece(canvas, line, (from, to) => {
      const band = bandShape(from, to, width);
      paintShape(canvas, band, painter);
      take(canvas, band);
    });
  }
  for (const road of roads) if (road.centreLine) paintDashes(canvas, road);
}

function paintDashes(canvas: Canvas, road: Road): void {
  let on = false;
  eachPiece(canvas, road.line, (from, to) => {
    on = !on;
    if (!on) return;
    paintShape(canvas, bandShape(from, to, 0.2), (pixel, share) =>
      blend(canvas, pixel, share * 0.6, [222, 218, 200]),
    );
  });
}

const CAR_COLOURS: readonly Colour[] = [
  [225, 225, 225],
  [200, 202, 205],
  [60, 62, 68],
  [35, 36, 40],
  [150, 40, 38],
  [60, 80, 130],
  [140, 135, 125],
];

/** A car of 4.4 x 1.8 m; nothing if the place is taken by anything other than a road. */
export function paintCar({ canvas }: Scenery, at: Vertex, angle: number, random: Random): void {
  const body = ringShape(boxRing(boxAt(at[0], at[1], angle, [4.4, 1.8])));
  const glass = ringShape(boxRing(boxAt(at[0], at[1], angle, [2.1, 1.5])));
  const colour = CAR_COLOURS[Math.floor(random() * CAR_COLOURS.length)] ?? [128, 128, 128];
  paintShape(canvas, body, (pixel, share) => blend(canvas, pixel, share, colour));
  paintShape(canvas, glass, (pixel, share) => blend(canvas, pixel, share * 0.55, [40, 44, 52]));
  raise(canvas, body, 1.4);
}

/** Cars at random places along roads, on the right-hand side. */
export function paintTraffic(
  scenery: Scenery,
  roads: readonly Road[],
  perMetre: number,
  random: Random,
): void {
  for (const { line, width } of roads) {
    eachPiece(scenery.canvas, line, (from, to) => {
      const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
      if (random() > perMetre * length || width < 4) return;
      const t = random();
      const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
      const side = (random() < 0.5 ? 1 : -1) * (width / 2 - 1.3);
      const x = from[0] + (to[0] - from[0]) * t - Math.sin(angle) * side;
      const y = from[1] + (to[1] - from[1]) * t + Math.cos(angle) * side;
      paintCar(scenery, [x, y], angle, random);
    });
  }
}
