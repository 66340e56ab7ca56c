import type { Random } from '../core/random.ts';
import { pickWeighted, type FloorPlan, type RoofMaterial } from './building.ts';
import { blend, paintShape, type Colour, scaleColour } from './canvas.ts';
import { coveringPlot, makeLay, plotRing, splitPlot, type Lay, type Plot } from './layout.ts';
import { paintRoads, type Road } from './road.ts';
import { discShape, ringShape, type Vertex } from './shape.ts';
import { anywhere, between, build, paintGround, plant, shade, type Stage } from './stage.ts';
import { paintSurface, smoothstep } from './texture.ts';

const ROOFS: readonly RoofMaterial[] = [
  { colour: [146, 126, 94], cladding: 'thatch', roofs: ['cone'], weight: 3 },
  { colour: [190, 190, 190], cladding: 'sheet', roofs: ['gable', 'gable', 'shed'], weight: 3 },
  { colour: [144, 96, 72], cladding: 'sheet', roofs: ['gable', 'shed', 'hip'], weight: 3 },
  { colour: [168, 138, 108], cladding: 'concrete', roofs: ['flat'], weight: 1.6 },
  { colour: [138, 120, 96], cladding: 'thatch', roofs: ['gable', 'hip'], weight: 1 },
];

const CROPS: readonly Colour[] = [
  [112, 118, 70],
  [92, 110, 62],
  [136, 126, 82],
  [158, 138, 98],
  [150, 118, 86],
  [124, 128, 76],
];

/** A village: compounds of huts and iron roofs along earth tracks, fields with furrows, bushes, a few big trees. */
export function paintVillage(stage: Stage): void {
  const { random, extent } = stage;
  const soil = shade(random, [172, 136, 100], 0.12);
  paintGround(stage, {
    bare: soil,
    green: shade(random, [116, 116, 72]),
    greenness: between(random, 0.35, 0.6),
    contrast: 1.3,
  });
  const lay = makeLay(extent, 26, random);
  const plan = coveringPlot(extent, 10);
  const { plots } = splitPlot(plan, { maxSide: 62, minSide: 18, gap: () => 0.6 + random() * 1.8 }, random);
  for (const plot of plots) if (random() < 0.62) paintField(stage, lay, plot);
  const tracks = makeTracks(stage, soil);
  paintRoads(stage, tracks);
  for (const hamlet of hamletsAlong(tracks, stage)) settle(stage, hamlet, soil);
  plantBushes(stage);
}

function paintField({ canvas, texture, random }: Stage, lay: Lay, plot: Plot): void {
  const colour = shade(random, CROPS[Math.floor(random() * CROPS.length)] ?? [120, 120, 70], 0.12);
  const angle =
    lay.heading((plot.u0 + plot.u1) / 2, (plot.v0 + plot.v1) / 2) + (random() < 0.5 ? 0 : Math.PI / 2);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const period = between(random, 1.3, 3.2);
  const depth = random() < 0.6 ? between(random, 0.03, 0.09) : 0;
  const edge = ringShape(plotRing(lay, plot, 0.3));
  paintShape(canvas, edge, (pixel, share, x, y) => {
    const patch = texture.patch[pixel] ?? 0;
    const furrow = depth * Math.sin(((x * c + y * s) / period + 0.25 * patch) * 2 * Math.PI);
    const brightness =
      1 + furrow + 0.1 * patch + 0.06 * (texture.fine[pixel] ?? 0) + 0.04 * (texture.grain[pixel] ?? 0);
    blend(canvas, pixel, share * 0.88, scaleColour(colour, brightness));
  });
}

function makeTracks(stage: Stage, soil: Colour): Road[] {
  const { random, extent } = stage;
  const surface = {
    colour: shade(random, [soil[0] * 1.1, soil[1] * 1.1, soil[2] * 1.1], 0.05),
    opacity: 0.85,
    fine: 0.06,
  };
  const verge = { width: 1.4, surface: { ...surface, opacity: 0.4 } };
  const count = 2 + Math.round(Math.hypot(...extent) / 260);
  return Array.from({ length: count }, (_, n) => ({
    line: wander(stage, n % 2 === 0),
    width: n === 0 ? 4.5 : between(random, 1.8, 3),
    surface,
    verge,
  }));
}

/** A track from one side of the ground to the other that changes its mind on the way. */
function wander({ random, extent }: Stage, across: boolean): Vertex[] {
  const length = (across ? extent[0] : extent[1]) + 40;
  const width = across ? extent[1] : extent[0];
  const base = random() * width;
  const waves = [160, 70, 31].map((period) => ({
    period,
    size: period * 0.12 * random(),
    phase: random() * 6.3,
  }));
  const slope = (random() - 0.5) * 0.8;
  return Array.from({ length: Math.ceil(length / 6) + 1 }, (_, k) => {
    const a = k * 6 - 20;
    const b = waves.reduce(
      (sum, w) => sum + w.size * Math.sin((2 * Math.PI * a) / w.period + w.phase),
      base + slope * (a - length / 2),
    );
    return across ? ([a, b] as const) : ([b, a] as const);
  });
}

interface Hamlet {
  readonly centre: Vertex;
  readonly radius: number;
  readonly houses: number;
}

function hamletsAlong(tracks: readonly Road[], { random, extent }: Stage): Hamlet[] {
  const wanted = Math.max(2, Math.round((extent[0] * extent[1]) / 5200));
  const hamlets: Hamlet[] = [];
  for (let tries = 0; tries < wanted * 20 && hamlets.length < wanted; tries++) {
    const track = tracks[Math.floor(random() * tracks.length)];
    const spot = track?.line[Math.floor(random() * track.line.length)];
    if (spot === undefined) continue;
    const radius = between(random, 14, 34);
    const turn = random() * 2 * Math.PI;
    const away = radius * between(random, 0.5, 1.2);
    const centre: Vertex = [spot[0] + Math.cos(turn) * away, spot[1] + Math.sin(turn) * away];
    if (centre[0] < 0 || centre[1] < 0 || centre[0] > extent[0] || centre[1] > extent[1]) continue;
    hamlets.push({ centre, radius, houses: Math.round((radius * radius) / between(random, 45, 80)) });
  }
  return hamlets;
}

function settle(stage: Stage, hamlet: Hamlet, soil: Colour): void {
  const { canvas, texture, random } = stage;
  const [cx, cy] = hamlet.centre;
  const trodden: Colour = [soil[0] * 1.12, soil[1] * 1.1, soil[2] * 1.08];
  paintShape(canvas, discShape(cx, cy, hamlet.radius * 1.3), (pixel, share, x, y) => {
    const out = Math.hypot(x - cx, y - cy) / hamlet.radius + 0.3 * (texture.patch[pixel] ?? 0);
    if (canvas.taken[pixel] === 1) return;
    blend(
      canvas,
      pixel,
      share * 0.8 * (1 - smoothstep(0.6, 1.15, out)),
      scaleColour(trodden, 1 + 0.06 * (texture.fine[pixel] ?? 0)),
    );
  });
  const heading = random() * Math.PI;
  const materials = random() < 0.4 ? ROOFS : ROOFS.slice(1, 4);
  for (let n = 0; n < hamlet.houses * 2; n++) {
    const turn = random() * 2 * Math.PI;
    const away = hamlet.radius * Math.sqrt(random());
    placeHouse(stage, [cx + Math.cos(turn) * away, cy + Math.sin(turn) * away], heading, materials);
  }
  for (let n = 0; n < 3; n++) if (random() < 0.5) paintSlab(stage, hamlet);
}

function placeHouse(stage: Stage, at: Vertex, heading: number, materials: readonly RoofMaterial[]): void {
  const { random } = stage;
  const material = pickWeighted(materials, random);
  const round = material.roofs[0] === 'cone';
  const width = round ? between(random, 3.6, 6.4) : between(random, 4.2, 7.5);
  const length = round ? width : width * between(random, 1.05, 2);
  const floor: FloorPlan = round ? 'round' : width > 5.5 && random() < 0.2 ? 'ell' : 'box';
  const angle = heading + (random() < 0.4 ? Math.PI / 2 : 0) + (random() - 0.5) * 0.5;
  build(stage, {
    site: { x: at[0], y: at[1], angle, size: [length, width] },
    floor,
    material,
    storeys: 1,
    room: 1.2,
  });
}

/** A threshing floor or a drying place: bright, flat, house-sized, and no house. */
function paintSlab({ canvas, texture, random }: Stage, hamlet: Hamlet): void {
  const x = hamlet.centre[0] + (random() - 0.5) * hamlet.radius * 2;
  const y = hamlet.centre[1] + (random() - 0.5) * hamlet.radius * 2;
  const colour = shade(random, [188, 172, 148], 0.08);
  const painter = paintSurface(canvas, texture, { colour, opacity: 0.8, patch: 0.08 });
  paintShape(canvas, discShape(x, y, between(random, 1.6, 3.6)), (pixel, share, px, py) => {
    if (canvas.taken[pixel] === 0) painter(pixel, share, px, py);
  });
}

function plantBushes(stage: Stage): void {
  const { random, extent } = stage;
  const green = shade(random, [82, 92, 54], 0.15);
  const thickets: Vertex[] = Array.from({ length: 4 + Math.round((extent[0] * extent[1]) / 4000) }, () =>
    anywhere(stage),
  );
  for (let n = (extent[0] * extent[1]) / 62; n > 0; n--) {
    const [x, y] = random() < 0.5 ? anywhere(stage) : near(thickets, random, 9, anywhere(stage));
    const radius = random() < 0.1 ? between(random, 3, 5.5) : between(random, 0.6, 2.2);
    plant(stage, { x, y, radius, height: radius * 1.6, colour: shade(random, green, 0.2) }, 0.9);
  }
}

function near(centres: readonly Vertex[], random: Random, spread: number, otherwise: Vertex): Vertex {
  const centre = centres[Math.floor(random() * centres.length)] ?? otherwise;
  const away = () => (random() + random() + random() - 1.5) * spread;
  return [centre[0] + away(), centre[1] + away()];
}
