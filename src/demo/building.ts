import { randomInt, type Random } from '../core/random.ts';
import type { Colour } from './canvas.ts';
import { boxAt, boxRing, discRing, inBox, type Box, type Ring } from './shape.ts';

export type RoofKind = 'flat' | 'gable' | 'hip' | 'shed' | 'cone';
export type Cladding = 'sheet' | 'tile' | 'concrete' | 'thatch';

export interface RoofMaterial {
  readonly colour: Colour;
  readonly cladding: Cladding;
  readonly roofs: readonly RoofKind[];
  /** How often this material is picked, against the others of its terrain. */
  readonly weight: number;
}

/** One building: its outline (the label), and the wings whose roofs meet in it. Metres. */
export interface Building {
  readonly ring: Ring;
  readonly wings: readonly Box[];
  readonly roof: RoofKind;
  readonly cladding: Cladding;
  readonly colour: Colour;
  readonly eavesMetres: number;
  /** Rise of the roof a metre inwards. */
  readonly pitch: number;
}

export interface Site {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Room for the building: length and width, metres. */
  readonly size: readonly [length: number, width: number];
}

export type FloorPlan = 'box' | 'ell' | 'tee' | 'cee' | 'round';

export function pickWeighted<T extends { readonly weight: number }>(items: readonly T[], random: Random): T {
  const total = items.reduce((sum, item) => sum + item.weight, 0);
  let left = random() * total;
  for (const item of items) {
    left -= item.weight;
    if (left < 0) return item;
  }
  const last = items[items.length - 1];
  if (last === undefined) throw new RangeError('nothing to pick from');
  return last;
}

const pick = <T>(items: readonly T[], otherwise: T, random: Random): T =>
  items[randomInt(random, items.length)] ?? otherwise;

/** Makes a building for a site: outline after `plan`, roof and colour after `material`, each a little its own. */
export function makeBuilding(
  site: Site,
  plan: FloorPlan,
  options: { material: RoofMaterial; storeys: number },
  random: Random,
): Building {
  const { material } = options;
  const wanted = pick(material.roofs, 'flat', random);
  const roof = plan === 'round' ? 'cone' : wanted;
  return {
    ...floorPlan(site, plan, random),
    roof,
    cladding: material.cladding,
    colour: varied(material.colour, random),
    eavesMetres: 2.3 + options.storeys * 2.9 + random() * 0.6 - 2.3 * Math.min(1, options.storeys),
    pitch:
      roof === 'cone' ? 0.7 : material.cladding === 'sheet' ? 0.22 + random() * 0.2 : 0.4 + random() * 0.25,
  };
}

function varied(colour: Colour, random: Random): Colour {
  const light = 0.8 + random() * 0.36;
  const hue = () => light * (0.95 + random() * 0.1);
  return [colour[0] * hue(), colour[1] * hue(), colour[2] * hue()];
}

function floorPlan(site: Site, plan: FloorPlan, random: Random): { ring: Ring; wings: Box[] } {
  const box = boxAt(site.x, site.y, site.angle, site.size);
  const turn = random() < 0.5 ? 1 : -1;
  if (plan === 'round') {
    const radius = Math.min(...site.size) / 2;
    return {
      ring: discRing(site.x, site.y, radius),
      wings: [boxAt(site.x, site.y, 0, [radius * 2, radius * 2])],
    };
  }
  if (plan === 'ell') return ell(box, turn, random);
  if (plan === 'tee') return tee(box, turn, random);
  if (plan === 'cee') return cee(box, turn, random);
  return { ring: boxRing(box), wings: [box] };
}

/** Part of a box, in its own coordinates; its longer side becomes its length, along which the ridge runs. */
function wing(box: Box, along: readonly [number, number], across: readonly [number, number]): Box {
  const [x, y] = inBox(box, (along[0] + along[1]) / 2, (across[0] + across[1]) / 2);
  const halfA = Math.abs(along[1] - along[0]) / 2;
  const halfB = Math.abs(across[1] - across[0]) / 2;
  return halfA >= halfB
    ? { x, y, ux: box.ux, uy: box.uy, halfLength: halfA, halfWidth: halfB }
    : { x, y, ux: -box.uy, uy: box.ux, halfLength: halfB, halfWidth: halfA };
}

function ell(box: Box, turn: number, random: Random): { ring: Ring; wings: Box[] } {
  const { halfLength: a, halfWidth: b } = box;
  const cutA = -a + 2 * a * (0.38 + random() * 0.24);
  const cutB = -b + 2 * b * (0.45 + random() * 0.2);
  const at = (u: number, v: number) => inBox(box, u, v * turn);
  return {
    ring: [at(-a, -b), at(a, -b), at(a, cutB), at(cutA, cutB), at(cutA, b), at(-a, b)],
    wings: [wing(box, [-a, a], [-b * turn, cutB * turn]), wing(box, [-a, cutA], [-b * turn, b * turn])],
  };
}

function tee(box: Box, turn: number, random: Random): { ring: Ring; wings: Box[] } {
  const { halfLength: a, halfWidth: b } = box;
  const from = -a * (0.2 + random() * 0.5);
  const to = from + a * (0.65 + random() * 0.25);
  const cut = b * (0.3 + random() * 0.3);
  const at = (u: number, v: number) => inBox(box, u, v * turn);
  return {
    ring: [
      at(-a, -b),
      at(a, -b),
      at(a, cut),
      at(to, cut),
      at(to, b),
      at(from, b),
      at(from, cut),
      at(-a, cut),
    ],
    wings: [wing(box, [-a, a], [-b * turn, cut * turn]), wing(box, [from, to], [-b * turn, b * turn])],
  };
}

function cee(box: Box, turn: number, random: Random): { ring: Ring; wings: Box[] } {
  const { halfLength: a, halfWidth: b } = box;
  const inner = a * (0.3 + random() * 0.2);
  const floor = -b + 2 * b * (0.4 + random() * 0.15);
  const at = (u: number, v: number) => inBox(box, u, v * turn);
  return {
    ring: [
      at(-a, -b),
      at(a, -b),
      at(a, b),
      at(inner, b),
      at(inner, floor),
      at(-inner, floor),
      at(-inner, b),
      at(-a, b),
    ],
    wings: [
      wing(box, [-a, a], [-b * turn, floor * turn]),
      wing(box, [-a, -inner], [-b * turn, b * turn]),
      wing(box, [inner, a], [-b * turn, b * turn]),
    ],
  };
}
