import type { Random } from '../core/random.ts';
import type { Building } from './building.ts';
import { blend, paintShape, raise, type Canvas, type Colour, scaleColour } from './canvas.ts';
import { boxAt, boxRing, discShape, inBox, ringShape, type Box } from './shape.ts';
import { faceBrightness, type Sun } from './sun.ts';
import type { Texture } from './texture.ts';

/** Height above the eaves, slope along and across the wing, and the position within it, at one point of a roof. */
interface RoofPoint {
  rise: number;
  slopeAlong: number;
  slopeAcross: number;
  along: number;
  across: number;
  wing: Box;
}

export interface Scenery {
  readonly canvas: Canvas;
  readonly texture: Texture;
  readonly sun: Sun;
}

/** Paints a building's roof, lit by the sun, and raises the ground under it, so that it casts a shadow. */
export function paintBuilding(scenery: Scenery, building: Building, random: Random): void {
  const { canvas, texture, sun } = scenery;
  const outline = ringShape(building.ring);
  const wear = { phase: random() * 100, strength: 0.4 + random() * 1.1 };
  paintShape(canvas, outline, (pixel, share, x, y) => {
    const point = roofPoint(building, x, y);
    const slopeX = point.slopeAlong * point.wing.ux - point.slopeAcross * point.wing.uy;
    const slopeY = point.slopeAlong * point.wing.uy + point.slopeAcross * point.wing.ux;
    const stain = wear.strength * (0.06 * (texture.patch[pixel] ?? 0) + 0.05 * (texture.fine[pixel] ?? 0));
    const own =
      1 + stain + claddingBrightness(building, point, wear.phase) + 0.025 * (texture.grain[pixel] ?? 0);
    blend(canvas, pixel, share, scaleColour(building.colour, own * faceBrightness(sun, slopeX, slopeY)));
    if (share > 0.5) canvas.elevation[pixel] = building.eavesMetres + point.rise;
  });
  if (building.roof === 'flat') paintFlatRoofDetails(scenery, building, random);
}

function roofPoint(building: Building, x: number, y: number): RoofPoint {
  let best: RoofPoint | null = null;
  for (const wing of building.wings) {
    const point = pointOnWing(building, wing, x, y);
    if (best === null || point.rise > best.rise) best = point;
  }
  if (best === null) throw new RangeError('a building needs a wing');
  return best;
}

function pointOnWing(building: Building, wing: Box, x: number, y: number): RoofPoint {
  const along = (x - wing.x) * wing.ux + (y - wing.y) * wing.uy;
  const across = -(x - wing.x) * wing.uy + (y - wing.y) * wing.ux;
  const flat = { rise: 0, slopeAlong: 0, slopeAcross: 0, along, across, wing };
  const sideRoom = wing.halfWidth - Math.abs(across);
  const endRoom = wing.halfLength - Math.abs(along);
  // Half a metre of tolerance: the soft edge of the outline lies outside every wing.
  if (sideRoom < -0.5 || endRoom < -0.5) return { ...flat, rise: -1 };
  const { pitch } = building;
  switch (building.roof) {
    case 'flat':
      return flat;
    case 'shed':
      return { ...flat, rise: (across + wing.halfWidth) * pitch * 0.5, slopeAcross: pitch * 0.5 };
    case 'cone': {
      const radius = Math.hypot(along, across) || 1e-6;
      const rise = Math.max(0, wing.halfLength - radius) * pitch;
      return {
        ...flat,
        rise,
        slopeAlong: (-along / radius) * pitch,
        slopeAcross: (-across / radius) * pitch,
      };
    }
    case 'hip':
      if (endRoom < sideRoom) {
        return { ...flat, rise: Math.max(0, endRoom) * pitch, slopeAlong: -Math.sign(along) * pitch };
      }
      return { ...flat, rise: Math.max(0, sideRoom) * pitch, slopeAcross: -Math.sign(across) * pitch };
    case 'gable':
      return { ...flat, rise: Math.max(0, sideRoom) * pitch, slopeAcross: -Math.sign(across) * pitch };
  }
}

/** A repeatable number in -1..1 for a whole number. */
const hash = (n: number): number => {
  const s = Math.sin(n * 127.1 + 311.7) * 43758.5453;
  return 2 * (s - Math.floor(s)) - 1;
};

function claddingBrightness(building: Building, point: RoofPoint, phase: number): number {
  const ridge = building.roof !== 'flat' && Math.abs(point.across) < 0.25 ? 0.06 : 0;
  switch (building.cladding) {
    case 'sheet': {
      // Sheets of 0.9 m, each weathered in its own way, on each slope apart.
      const sheet = Math.floor(point.along / 0.9 + phase) + (point.across > 0 ? 1000 : 0);
      return ridge + 0.055 * hash(sheet) + 0.03 * Math.sin(point.along * 2 * Math.PI * 1.4);
    }
    case 'tile':
      return (
        ridge + 0.03 * hash(Math.floor(point.across / 0.45) + Math.floor(point.along / 0.6) * 57 + phase)
      );
    case 'thatch':
      return 0.05 * hash(Math.floor(Math.atan2(point.across, point.along) * 9) + phase);
    case 'concrete':
      return 0;
  }
}

const TANK: readonly Colour[] = [
  [38, 38, 42],
  [70, 95, 140],
  [205, 205, 205],
];

/** Parapet, stair head, tanks: what stands on a flat roof and shadows it. */
function paintFlatRoofDetails({ canvas }: Scenery, building: Building, random: Random): void {
  const outline = ringShape(building.ring);
  const parapet = 0.3 + random() * 0.6;
  const rim = 0.92 + random() * 0.22;
  paintShape(canvas, outline, (pixel, share, x, y) => {
    if (outline.distance(x, y) < -0.45) return;
    blend(canvas, pixel, share * 0.6, scaleColour(building.colour, rim));
    if (share > 0.5) canvas.elevation[pixel] = building.eavesMetres + parapet;
  });
  const main = building.wings[0];
  if (main === undefined || main.halfWidth < 2.2) return;
  const spot = () =>
    inBox(main, (random() * 2 - 1) * (main.halfLength - 1.6), (random() * 2 - 1) * (main.halfWidth - 1.6));
  if (random() < 0.45 && main.halfWidth > 3) {
    const [x, y] = spot();
    const head = ringShape(boxRing(boxAt(x, y, Math.atan2(main.uy, main.ux), [3, 2.4])));
    paintShape(canvas, head, (pixel, share) =>
      blend(canvas, pixel, share, scaleColour(building.colour, 1.06)),
    );
    raise(canvas, head, building.eavesMetres + 2.3);
  }
  for (let tanks = random() < 0.5 ? 1 + Math.floor(random() * 2) : 0; tanks > 0; tanks--) {
    const [x, y] = spot();
    const tank = discShape(x, y, 0.5 + random() * 0.35);
    const colour = TANK[Math.floor(random() * TANK.length)] ?? building.colour;
    paintShape(canvas, tank, (pixel, share) => blend(canvas, pixel, share, colour));
    raise(canvas, tank, building.eavesMetres + 1.4);
  }
}
