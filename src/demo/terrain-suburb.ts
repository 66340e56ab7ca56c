import { pickWeighted, type FloorPlan, type RoofMaterial } from './building.ts';
import { blend, isFree, paintShape, scaleColour } from './canvas.ts';
import { coveringPlot, layLine, makeLay, plotRing, type Lay, type Plot } from './layout.ts';
import { paintCar, paintRoads, paintTraffic, type Road } from './road.ts';
import { bandShape, boxAt, boxRing, discShape, ringShape } from './shape.ts';
import { anywhere, between, build, paintGround, plant, shade, type Stage } from './stage.ts';
import { paintSurface } from './texture.ts';

const ROOFS: readonly RoofMaterial[] = [
  { colour: [126, 123, 120], cladding: 'tile', roofs: ['hip', 'gable'], weight: 4 },
  { colour: [128, 108, 92], cladding: 'tile', roofs: ['hip', 'gable'], weight: 3 },
  { colour: [84, 83, 86], cladding: 'tile', roofs: ['gable', 'hip'], weight: 2 },
  { colour: [172, 106, 82], cladding: 'tile', roofs: ['hip', 'hip', 'gable'], weight: 2 },
  { colour: [170, 164, 156], cladding: 'tile', roofs: ['hip', 'gable'], weight: 1.5 },
  { colour: [98, 104, 112], cladding: 'tile', roofs: ['hip'], weight: 1 },
  { colour: [214, 212, 208], cladding: 'concrete', roofs: ['flat'], weight: 0.4 },
];

const FLOORS: readonly { plan: FloorPlan; weight: number }[] = [
  { plan: 'box', weight: 2 },
  { plan: 'ell', weight: 4 },
  { plan: 'tee', weight: 4 },
  { plan: 'cee', weight: 0.7 },
];

/** Rows of detached houses along bent streets: lawns, driveways, pools, sheds, cars, street trees. */
export function paintSuburb(stage: Stage): void {
  const { random, extent } = stage;
  const grass = shade(random, [112, 124, 78], 0.1);
  paintGround(stage, {
    bare: shade(random, [166, 150, 118]),
    green: grass,
    greenness: between(random, 0.6, 0.85),
    contrast: 1,
  });
  const lay = makeLay(extent, 30, random);
  const plan = coveringPlot(extent, 40);
  const spacing = between(random, 66, 78);
  const streets = rows(plan.v0, plan.v1, spacing, random() * spacing);
  const crossings = rows(plan.u0, plan.u1, between(random, 150, 210), random() * 150);
  const roads = makeRoads(stage, lay, { plan, streets, crossings });
  const lots = streets.flatMap((v) => lotsAlong(stage, plan, crossings, { v, depth: spacing / 2 - 5 }));
  for (const lot of lots) paintLawn(stage, lay, lot);
  paintRoads(stage, roads);
  for (const lot of lots) settleLot(stage, lay, lot);
  paintTraffic(stage, roads, 0.008, random);
  plantTrees(stage);
}

const rows = (from: number, to: number, step: number, start: number): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, k) => from + start + k * step);

function makeRoads(
  { random }: Stage,
  lay: Lay,
  grid: { plan: Plot; streets: readonly number[]; crossings: readonly number[] },
): Road[] {
  const surface = { colour: shade(random, [122, 121, 122], 0.12), patch: 0.05, fine: 0.03 };
  const verge = { width: 1.5, surface: { colour: shade(random, [182, 178, 168], 0.06), opacity: 0.9 } };
  const { plan, streets, crossings } = grid;
  return [
    ...streets.map((v) => ({ line: layLine(lay, [plan.u0, v], [plan.u1, v]), width: 7.5, surface, verge })),
    ...crossings.map((u, k) => ({
      line: layLine(lay, [u, plan.v0], [u, plan.v1]),
      width: k % 2 === 0 ? 9 : 7,
      surface,
      verge,
      centreLine: k % 2 === 0,
    })),
  ];
}

/** A lot: its plot, and on which side of its street it lies (+1: towards larger v). */
interface Lot {
  readonly plot: Plot;
  readonly side: 1 | -1;
}

function lotsAlong(
  { random }: Stage,
  plan: Plot,
  crossings: readonly number[],
  street: { v: number; depth: number },
): Lot[] {
  const lots: Lot[] = [];
  for (const side of [1, -1] as const) {
    let u = plan.u0;
    while (u < plan.u1) {
      const width = between(random, 17, 24);
      const near = street.v + side * 5.4;
      const far = street.v + side * street.depth;
      const plot = { u0: u, u1: u + width, v0: Math.min(near, far), v1: Math.max(near, far) };
      if (!crossings.some((c) => plot.u0 < c + 6.5 && plot.u1 > c - 6.5)) lots.push({ plot, side });
      u += width;
    }
  }
  return lots;
}

function paintLawn({ canvas, texture, random }: Stage, lay: Lay, lot: Lot): void {
  const dry = random() < 0.25;
  const colour = shade(random, dry ? [158, 146, 108] : [108, 124, 74], 0.14);
  const painter = paintSurface(canvas, texture, { colour, opacity: 0.75, patch: 0.07, fine: 0.07 });
  paintShape(canvas, ringShape(plotRing(lay, lot.plot, 0.25)), painter);
}

function settleLot(stage: Stage, lay: Lay, lot: Lot): void {
  const { random, canvas, texture } = stage;
  const { plot, side } = lot;
  if (random() < 0.06) return;
  const u = (plot.u0 + plot.u1) / 2 + (random() - 0.5) * 2;
  const front = side > 0 ? plot.v0 : plot.v1;
  const deep = between(random, 9, 12.5);
  const v = front + side * (between(random, 5.5, 8) + deep / 2);
  const wide = Math.min(plot.u1 - plot.u0 - 3, between(random, 12, 18));
  const heading = lay.heading(u, v);
  const [x, y] = lay.toGround(u, v);
  const away = side > 0 ? 0 : Math.PI;
  const driveU = u + (random() < 0.5 ? 1 : -1) * (wide / 2 - 2.4);
  const paving = { colour: shade(random, [188, 184, 174], 0.08), patch: 0.05 };
  const drive = bandShape(
    lay.toGround(driveU, front - side * 1.8),
    lay.toGround(driveU, v - side * 1),
    between(random, 3, 5.4),
  );
  paintShape(canvas, drive, paintSurface(canvas, texture, paving));
  if (random() < 0.4)
    paintPatio(stage, lay.toGround(u + (random() - 0.5) * 5, v + side * (deep / 2 + 2)), heading);
  const site = { x, y, angle: heading + away + (random() - 0.5) * 0.05, size: [wide, deep] as const };
  const material = pickWeighted(ROOFS, random);
  const storeys = random() < 0.3 ? 2 : 1;
  build(stage, { site, floor: pickWeighted(FLOORS, random).plan, material, storeys, room: 0.8 });
  if (random() < 0.45)
    paintCar(stage, lay.toGround(driveU, front + side * 2.5), heading + Math.PI / 2, random);
  const back = front + side * (plot.v1 - plot.v0 - 3.5);
  if (random() < 0.12) paintPool(stage, lay.toGround(u, back - side * 3), heading);
  else if (random() < 0.3) {
    const [sx, sy] = lay.toGround(u + (random() - 0.5) * 9, back);
    const shed = {
      x: sx,
      y: sy,
      angle: heading,
      size: [between(random, 3, 5), between(random, 2.6, 3.6)] as const,
    };
    build(stage, { site: shed, floor: 'box', material: pickWeighted(ROOFS, random), storeys: 1, room: 0.6 });
  }
}

function paintPatio(
  { canvas, texture, random }: Stage,
  at: readonly [number, number],
  heading: number,
): void {
  const size = [between(random, 4, 8), between(random, 3, 5)] as const;
  const colour = shade(random, [176, 160, 142], 0.15);
  paintShape(
    canvas,
    ringShape(boxRing(boxAt(at[0], at[1], heading, size))),
    paintSurface(canvas, texture, { colour }),
  );
}

function paintPool({ canvas, texture, random }: Stage, at: readonly [number, number], heading: number): void {
  const [x, y] = at;
  const rim = ringShape(boxRing(boxAt(x, y, heading, [10, 6.4])));
  if (!isFree(canvas, rim)) return;
  paintShape(canvas, rim, paintSurface(canvas, texture, { colour: [196, 188, 176] }));
  const water = random() < 0.5 ? discShape(x, y, 2.4) : ringShape(boxRing(boxAt(x, y, heading, [7.6, 4])));
  paintShape(canvas, water, (pixel, share) => {
    blend(canvas, pixel, share, scaleColour([88, 168, 186], 1 + 0.05 * (texture.fine[pixel] ?? 0)));
    canvas.taken[pixel] = 1;
  });
}

function plantTrees(stage: Stage): void {
  const { random, extent } = stage;
  const green = shade(random, [72, 88, 52], 0.15);
  for (let n = (extent[0] * extent[1]) / 115; n > 0; n--) {
    const [x, y] = anywhere(stage);
    const radius = random() < 0.3 ? between(random, 3, 5) : between(random, 1.2, 2.8);
    plant(stage, { x, y, radius, height: radius * 1.9, colour: shade(random, green, 0.22) }, 0.8);
  }
}
