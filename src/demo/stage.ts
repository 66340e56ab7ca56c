import type { Random } from '../core/random.ts';
import { makeBuilding, type Building, type FloorPlan, type RoofMaterial, type Site } from './building.ts';
import { blend, isFree, isOnCanvas, mixColours, take, type Colour, scaleColour } from './canvas.ts';
import { paintBuilding, type Scenery } from './paint-building.ts';
import { discShape, ringShape, type Shape } from './shape.ts';
import { smoothstep } from './texture.ts';
import { paintTree, type Tree } from './vegetation.ts';

/** What a terrain works on: the picture and its sun, a source of numbers, the ground's size, and what was built. */
export interface Stage extends Scenery {
  readonly random: Random;
  /** Width and height of the ground, metres. */
  readonly extent: readonly [number, number];
  readonly buildings: Building[];
}

/** A way to fill the ground with one kind of settlement. */
export type Terrain = (stage: Stage) => void;

const wider = (shape: Shape, by: number): Shape => ({
  minX: shape.minX - by,
  minY: shape.minY - by,
  maxX: shape.maxX + by,
  maxY: shape.maxY + by,
  distance: (x, y) => shape.distance(x, y) - by,
});

export interface Plan {
  readonly site: Site;
  readonly floor: FloorPlan;
  readonly material: RoofMaterial;
  readonly storeys: number;
  /** Room to keep to what stands already, metres. */
  readonly room: number;
}

/** Builds and paints one building where it fits; tells whether it did. */
export function build(stage: Stage, plan: Plan): boolean {
  const building = makeBuilding(plan.site, plan.floor, plan, stage.random);
  const outline = ringShape(building.ring);
  if (!isOnCanvas(stage.canvas, outline) || !isFree(stage.canvas, wider(outline, plan.room))) return false;
  take(stage.canvas, outline);
  paintBuilding(stage, building, stage.random);
  stage.buildings.push(building);
  return true;
}

/** Plants a tree where its stem stands free; crowns may hang over roofs a little. */
export function plant(stage: Stage, tree: Tree, clear = 0.75): boolean {
  if (!isFree(stage.canvas, discShape(tree.x, tree.y, tree.radius * clear))) return false;
  paintTree(stage, tree, stage.random);
  return true;
}

/** A random place on the ground. */
export const anywhere = ({ extent, random }: Stage): [number, number] => [
  random() * extent[0],
  random() * extent[1],
];

export interface Ground {
  readonly bare: Colour;
  readonly green: Colour;
  /** Share of green, from none (0) to all (1), before noise. */
  readonly greenness: number;
  /** How strongly patches show. */
  readonly contrast: number;
}

/** Fills the whole ground: bare soil and grass in soft patches. */
export function paintGround({ canvas, texture }: Scenery, ground: Ground): void {
  const threshold = 0.9 - 1.8 * ground.greenness;
  for (let i = 0; i < canvas.red.length; i++) {
    const patch = texture.patch[i] ?? 0;
    const fine = texture.fine[i] ?? 0;
    const level = (texture.broad[i] ?? 0) + 0.45 * patch + 0.2 * fine;
    const colour = mixColours(ground.bare, ground.green, smoothstep(threshold - 0.3, threshold + 0.3, level));
    blend(
      canvas,
      i,
      1,
      scaleColour(
        colour,
        1 + ground.contrast * (0.09 * patch + 0.06 * fine) + 0.035 * (texture.grain[i] ?? 0),
      ),
    );
  }
}

export const between = (random: Random, low: number, high: number): number => low + random() * (high - low);

/** A scene's own shade of a colour. */
export const shade = (random: Random, colour: Colour, by = 0.1): Colour => {
  const light = 1 + (random() * 2 - 1) * by;
  const warm = 1 + (random() * 2 - 1) * by * 0.4;
  return [colour[0] * light * warm, colour[1] * light, (colour[2] * light) / warm];
};
