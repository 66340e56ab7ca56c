import { pickWeighted, type FloorPlan, type RoofMaterial } from './building.ts';
import { blend, mixColours, paintShape, type Colour, scaleColour } from './canvas.ts';
import { coveringPlot, layLine, makeLay, plotRing, splitPlot, type Lay, type Plot } from './layout.ts';
import { paintRoads, paintTraffic, type Road } from './road.ts';
import { boxAt, boxRing, ringShape, type Vertex } from './shape.ts';
import { anywhere, between, build, paintGround, plant, shade, type Stage } from './stage.ts';
import { paintSurface, smoothstep } from './texture.ts';
import { paintPalm } from './vegetation.ts';

const ROOFS: readonly RoofMaterial[] = [
  { colour: [208, 200, 186], cladding: 'concrete', roofs: ['flat'], weight: 3 },
  { colour: [196, 176, 146], cladding: 'concrete', roofs: ['flat'], weight: 4 },
  { colour: [180, 156, 128], cladding: 'concrete', roofs: ['flat'], weight: 3 },
  { colour: [154, 148, 142], cladding: 'concrete', roofs: ['flat'], weight: 1.5 },
  { colour: [228, 226, 222], cladding: 'concrete', roofs: ['flat'], weight: 1 },
  { colour: [176, 110, 84], cladding: 'tile', roofs: ['hip'], weight: 0.4 },
];

const FLOORS: readonly { plan: FloorPlan; weight: number }[] = [
  { plan: 'box', weight: 5 },
  { plan: 'ell', weight: 3 },
  { plan: 'cee', weight: 2.5 },
];

/** An arid coast: pale flat roofs on sand, walled courts, palms, and the sea on one side. */
export function paintCoast(stage: Stage): void {
  const { random, extent } = stage;
  const sand = shade(random, [204, 182, 146], 0.07);
  paintGround(stage, {
    bare: sand,
    green: shade(random, [150, 140, 104]),
    greenness: between(random, 0.05, 0.18),
    contrast: 0.9,
  });
  paintSea(stage);
  const lay = makeLay(extent, 16, random);
  const gaps = [11, 8, 6, 5, 4.5];
  const rules = { maxSide: between(random, 60, 90), minSide: 26, gap: (level: number) => gaps[level] ?? 4 };
  const { plots, cuts } = splitPlot(coveringPlot(extent, 20), rules, random);
  const asphalt = { colour: shade(random, [134, 129, 124], 0.06), patch: 0.07, opacity: 0.92 };
  const track = { colour: shade(random, [214, 194, 160], 0.04), opacity: 0.7, fine: 0.05 };
  const roads: Road[] = cuts
    .flatMap((cut) =>
      landRuns(stage, layLine(lay, cut.from, cut.to, 4)).map((line) => ({
        line,
        width: cut.width * 0.75,
        surface: cut.level < 3 ? asphalt : track,
        verge: { width: 1.2, surface: track },
      })),
    )
    .reverse();
  paintRoads(stage, roads);
  for (const block of plots) if (random() < 0.86) fillBlock(stage, lay, block);
  paintTraffic(stage, roads, 0.008, random);
  plantPalms(stage);
}

/** Whether a place is not in the sea; beyond the edge of the canvas, what its nearest pixel is. */
const isLand = ({ canvas }: Stage, [x, y]: Vertex): boolean => {
  const col = Math.max(0, Math.min(canvas.width - 1, Math.floor(x / canvas.gsdMetres)));
  const row = Math.max(0, Math.min(canvas.height - 1, Math.floor(y / canvas.gsdMetres)));
  return canvas.taken[row * canvas.width + col] === 0;
};

/** The stretches of a line that lie on land. */
function landRuns(stage: Stage, line: readonly Vertex[]): Vertex[][] {
  const runs: Vertex[][] = [[]];
  for (const at of line) {
    if (isLand(stage, at)) runs.at(-1)?.push(at);
    else if (runs.at(-1)?.length !== 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 1);
}

/** The sea takes a side of the ground: foam at the line, shallows, deep water with a swell; nothing is built on it. */
function paintSea({ canvas, texture, random, extent }: Stage): void {
  const angle = random() * 2 * Math.PI;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const inland = (Math.min(...extent) / 2) * between(random, 0.35, 0.75);
  const wet: Colour = [164, 142, 110];
  for (let row = 0; row < canvas.height; row++) {
    for (let col = 0; col < canvas.width; col++) {
      const i = row * canvas.width + col;
      const x = (col + 0.5) * canvas.gsdMetres - extent[0] / 2;
      const y = (row + 0.5) * canvas.gsdMetres - extent[1] / 2;
      const bays =
        16 * Math.sin((y * c - x * s) / 55) + 13 * (texture.broad[i] ?? 0) + 1.2 * (texture.patch[i] ?? 0);
      const depth = x * c + y * s - inland + bays;
      if (depth < -7) continue;
      if (depth < 14) canvas.taken[i] = 1;
      blend(canvas, i, 0.7 * smoothstep(-7, -1, depth), wet);
      if (depth < -1) continue;
      canvas.taken[i] = 1;
      const water = mixColours([104, 150, 146], [34, 74, 96], smoothstep(0, 75, depth));
      const swell =
        0.05 * Math.sin((x * c + y * s) / 2.4 + 1.5 * (texture.patch[i] ?? 0)) +
        0.04 * (texture.fine[i] ?? 0);
      blend(canvas, i, smoothstep(-1, 1, depth), scaleColour(water, 1 + swell));
      const foam = smoothstep(2.6, 0.6, Math.abs(depth - 1)) * smoothstep(-0.3, 0.6, texture.fine[i] ?? 0);
      blend(canvas, i, 0.7 * foam, [226, 228, 224]);
    }
  }
}

function fillBlock(stage: Stage, lay: Lay, block: Plot): void {
  const { random } = stage;
  const rules = { maxSide: between(random, 16, 26), minSide: 8, gap: () => 0.6 + random() * 2 };
  for (const parcel of splitPlot(block, rules, random).plots) {
    if (random() < 0.12) continue;
    const [u, v] = [(parcel.u0 + parcel.u1) / 2, (parcel.v0 + parcel.v1) / 2];
    const at = lay.toGround(u, v);
    if (!isLand(stage, at)) continue;
    const angle = lay.heading(u, v) + (random() - 0.5) * 0.05;
    const [du, dv] = [parcel.u1 - parcel.u0, parcel.v1 - parcel.v0];
    if (random() < 0.4) paintCourt(stage, lay, parcel);
    const share = () => between(random, 0.6, 0.97);
    build(stage, {
      site: { x: at[0], y: at[1], angle, size: [du * share(), dv * share()] },
      floor: Math.min(du, dv) < 9 ? 'box' : pickWeighted(FLOORS, random).plan,
      material: pickWeighted(ROOFS, random),
      storeys: 1 + Math.floor(random() * random() * 3.4),
      room: 0.5,
    });
  }
}

/** A walled court: paved as pale as the roofs, with a wall that throws a thin shadow. */
function paintCourt({ canvas, texture, random }: Stage, lay: Lay, parcel: Plot): void {
  const outline = ringShape(plotRing(lay, parcel, 0.1));
  const colour = shade(random, [198, 180, 152], 0.1);
  const painter = paintSurface(canvas, texture, { colour, opacity: 0.75, patch: 0.07 });
  paintShape(canvas, outline, (pixel, share, x, y) => {
    if (canvas.taken[pixel] === 1) return;
    painter(pixel, share, x, y);
    if (outline.distance(x, y) < -0.35) return;
    blend(canvas, pixel, share, [206, 194, 172]);
    canvas.elevation[pixel] = Math.max(canvas.elevation[pixel] ?? 0, 1.7);
  });
}

function plantPalms(stage: Stage): void {
  const { random, extent, canvas } = stage;
  const green = shade(random, [92, 104, 66], 0.1);
  for (let n = (extent[0] * extent[1]) / 210; n > 0; n--) {
    const [x, y] = anywhere(stage);
    if (!isLand(stage, [x, y])) continue;
    if (random() < 0.6) {
      const tree = { x, y, radius: between(random, 1.6, 2.8), height: 6, colour: shade(random, green, 0.15) };
      paintPalm(stage, tree, random);
    } else
      plant(stage, {
        x,
        y,
        radius: between(random, 0.5, 1.6),
        height: 1.4,
        colour: shade(random, green, 0.2),
      });
  }
  for (let boats = 3; boats > 0; boats--) {
    const [x, y] = anywhere(stage);
    if (isLand(stage, [x, y])) continue;
    const hull = ringShape(
      boxRing(boxAt(x, y, random() * 3.1, [between(random, 5, 9), between(random, 1.8, 2.6)])),
    );
    if (!isSurroundedByWater(stage, x, y)) continue;
    paintShape(canvas, hull, (pixel, share) => blend(canvas, pixel, share, [214, 210, 202]));
  }
}

const isSurroundedByWater = (stage: Stage, x: number, y: number): boolean =>
  [0, 1, 2, 3, 4, 5].every((k) => !isLand(stage, [x + 20 * Math.cos(k), y + 20 * Math.sin(k)]));
