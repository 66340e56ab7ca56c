import { pickWeighted, type FloorPlan, type RoofMaterial } from './building.ts';
import { paintShape } from './canvas.ts';
import { coveringPlot, layLine, makeLay, plotRing, splitPlot, type Lay, type Plot } from './layout.ts';
import { paintRoads, paintTraffic, type Road } from './road.ts';
import { ringShape } from './shape.ts';
import { anywhere, between, build, paintGround, plant, shade, type Stage } from './stage.ts';
import { paintSurface, type Surface } from './texture.ts';

const ROOFS: readonly RoofMaterial[] = [
  { colour: [152, 100, 76], cladding: 'sheet', roofs: ['gable', 'gable', 'hip', 'shed'], weight: 4 },
  { colour: [168, 170, 172], cladding: 'sheet', roofs: ['gable', 'gable', 'shed', 'hip'], weight: 4 },
  { colour: [84, 114, 152], cladding: 'sheet', roofs: ['gable', 'shed'], weight: 1.5 },
  { colour: [92, 122, 104], cladding: 'sheet', roofs: ['gable', 'hip'], weight: 0.8 },
  { colour: [146, 72, 62], cladding: 'sheet', roofs: ['gable', 'hip'], weight: 1.2 },
  { colour: [164, 104, 78], cladding: 'tile', roofs: ['hip', 'gable'], weight: 1.5 },
  { colour: [174, 168, 158], cladding: 'concrete', roofs: ['flat'], weight: 4 },
  { colour: [124, 119, 112], cladding: 'concrete', roofs: ['flat'], weight: 2 },
  { colour: [200, 196, 188], cladding: 'concrete', roofs: ['flat'], weight: 1.2 },
];

const FLOORS: readonly { plan: FloorPlan; weight: number }[] = [
  { plan: 'box', weight: 7 },
  { plan: 'ell', weight: 3 },
  { plan: 'tee', weight: 1 },
  { plan: 'cee', weight: 0.8 },
];

/** A dense town: uneven blocks, houses almost wall to wall under many kinds of roof, earth and asphalt streets, trees. */
export function paintTown(stage: Stage): void {
  const { random, extent } = stage;
  const soil = shade(random, [160, 136, 112], 0.12);
  paintGround(stage, {
    bare: soil,
    green: shade(random, [98, 106, 68]),
    greenness: between(random, 0.2, 0.4),
    contrast: 1,
  });
  const lay = makeLay(extent, 14, random);
  const gaps = [12, 8, 6.5, 5.5, 4.5, 4, 3.5, 3.2];
  const rules = { maxSide: between(random, 58, 80), minSide: 24, gap: (level: number) => gaps[level] ?? 3 };
  const { plots, cuts } = splitPlot(coveringPlot(extent, 20), rules, random);
  const asphalt: Surface = { colour: shade(random, [112, 111, 112]), patch: 0.05 };
  const earth: Surface = { colour: shade(random, [176, 156, 132]), patch: 0.07, fine: 0.06, opacity: 0.85 };
  const roads: Road[] = cuts
    .map((cut) => ({
      line: layLine(lay, cut.from, cut.to),
      width: Math.max(2.6, cut.width * 0.72),
      surface: cut.level < 3 ? asphalt : earth,
      verge: { width: cut.width * 0.16, surface: { ...earth, opacity: 0.7 } },
      centreLine: cut.level < 2,
    }))
    .reverse();
  paintRoads(stage, roads);
  const density = between(random, 0.8, 0.93);
  for (const block of plots) fillBlock(stage, lay, block, density);
  paintTraffic(stage, roads, 0.012, random);
  const green = shade(random, [74, 92, 54]);
  const trees = (extent[0] * extent[1]) / 170;
  for (let n = 0; n < trees; n++) {
    const [x, y] = anywhere(stage);
    const radius = between(random, 1.2, 3.6);
    plant(stage, { x, y, radius, height: radius * 2, colour: shade(random, green, 0.2) });
  }
}

function fillBlock(stage: Stage, lay: Lay, block: Plot, density: number): void {
  const { random } = stage;
  const park = random() < 0.05;
  const rules = { maxSide: between(random, 13, 21), minSide: 6.5, gap: () => 0.4 + random() * 1.4 };
  for (const parcel of splitPlot(block, rules, random).plots) {
    if (random() < 0.3) paintYard(stage, lay, parcel);
    if (park || random() > density) continue;
    const [u, v] = [(parcel.u0 + parcel.u1) / 2, (parcel.v0 + parcel.v1) / 2];
    const [x, y] = lay.toGround(u, v);
    const [du, dv] = [parcel.u1 - parcel.u0, parcel.v1 - parcel.v0];
    const angle = lay.heading(u, v) + (random() - 0.5) * 0.09;
    const material = pickWeighted(ROOFS, random);
    const storeys = 1 + Math.floor(random() * random() * 4);
    for (const share of random() < 0.25 ? [0.7] : [1, 0.86, 0.74]) {
      const size: [number, number] = [
        du * share * between(random, 0.85, 0.99),
        dv * share * between(random, 0.85, 0.99),
      ];
      const site =
        du >= dv ? { x, y, angle, size } : { x, y, angle: angle + Math.PI / 2, size: swapped(size) };
      const floor = Math.min(...size) < 6 ? 'box' : pickWeighted(FLOORS, random).plan;
      if (build(stage, { site, floor, material, storeys, room: 0.3 })) break;
    }
  }
}

const swapped = ([a, b]: [number, number]): [number, number] => [b, a];

/** Bare or paved ground around a house; paving looks much like a flat roof. */
function paintYard({ canvas, texture, random }: Stage, lay: Lay, parcel: Plot): void {
  const paved = random() < 0.4;
  const colour = shade(random, paved ? [172, 166, 156] : [166, 142, 116], 0.12);
  paintShape(
    canvas,
    ringShape(plotRing(lay, parcel, 0.2)),
    paintSurface(canvas, texture, { colour, opacity: paved ? 0.9 : 0.6, patch: 0.08 }),
  );
}
