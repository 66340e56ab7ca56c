import type { Random } from '../core/random.ts';
import type { Vertex } from './shape.ts';

/** A rectangle of the plan, before the plan is turned and bent onto the ground. */
export interface Plot {
  readonly u0: number;
  readonly v0: number;
  readonly u1: number;
  readonly v1: number;
}

/** A straight cut between plots: a street where `level` is small, an alley or a fence where it is large. */
export interface Cut {
  readonly from: Vertex;
  readonly to: Vertex;
  readonly width: number;
  readonly level: number;
}

export interface SplitRules {
  /** Plots whose longer side is at most this are left whole. */
  readonly maxSide: number;
  /** Plots never get narrower than this. */
  readonly minSide: number;
  /** Width of the gap a cut leaves, by level. */
  gap(level: number): number;
}

/** Divides a plot by cuts across its longer side, again and again, at uneven places. */
export function splitPlot(plot: Plot, rules: SplitRules, random: Random): { plots: Plot[]; cuts: Cut[] } {
  const plots: Plot[] = [];
  const cuts: Cut[] = [];
  const divide = (p: Plot, level: number): void => {
    const [du, dv] = [p.u1 - p.u0, p.v1 - p.v0];
    const side = Math.max(du, dv);
    const gap = rules.gap(level);
    if (side <= rules.maxSide * (0.8 + random() * 0.4) || (side - gap) / 2 < rules.minSide) {
      plots.push(p);
      return;
    }
    const share = 0.36 + random() * 0.28;
    const half = gap / 2;
    if (du >= dv) {
      const at = p.u0 + du * share;
      cuts.push({ from: [at, p.v0], to: [at, p.v1], width: gap, level });
      divide({ ...p, u1: at - half }, level + 1);
      divide({ ...p, u0: at + half }, level + 1);
    } else {
      const at = p.v0 + dv * share;
      cuts.push({ from: [p.u0, at], to: [p.u1, at], width: gap, level });
      divide({ ...p, v1: at - half }, level + 1);
      divide({ ...p, v0: at + half }, level + 1);
    }
  };
  divide(plot, 0);
  return { plots, cuts };
}

/** How the plan lies on the ground: turned, and gently bent so that no street is quite straight. */
export interface Lay {
  /** Plan to ground, metres. */
  toGround(u: number, v: number): Vertex;
  /** The heading of the plan's u axis at a point of the plan, radians. */
  heading(u: number, v: number): number;
}

/** `extent`: width and height of the ground; `bend`: metres by which places are moved at most, per axis. */
export function makeLay(extent: readonly [number, number], bend: number, random: Random): Lay {
  const angle = random() * Math.PI;
  const waves = Array.from({ length: 3 }, () => ({
    kx: ((random() - 0.5) * 2 * Math.PI) / 160,
    ky: ((random() - 0.5) * 2 * Math.PI) / 160,
    px: random() * 6.3,
    py: random() * 6.3,
  }));
  const toGround = (u: number, v: number): Vertex => {
    let [bu, bv] = [u, v];
    for (const w of waves) {
      bu += (bend / waves.length) * Math.sin(w.kx * u + w.ky * v + w.px);
      bv += (bend / waves.length) * Math.sin(w.ky * u - w.kx * v + w.py);
    }
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    return [extent[0] / 2 + bu * c - bv * s, extent[1] / 2 + bu * s + bv * c];
  };
  return {
    toGround,
    heading(u, v) {
      const [ax, ay] = toGround(u - 3, v);
      const [bx, by] = toGround(u + 3, v);
      return Math.atan2(by - ay, bx - ax);
    },
  };
}

/** The plan that covers the ground whichever way it is turned. */
export function coveringPlot(extent: readonly [number, number], margin: number): Plot {
  const reach = Math.hypot(extent[0], extent[1]) / 2 + margin;
  return { u0: -reach, v0: -reach, u1: reach, v1: reach };
}

/** Points along a straight line of the plan, on the ground, `step` metres apart. */
export function layLine(lay: Lay, from: Vertex, to: Vertex, step = 8): Vertex[] {
  const count = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / step));
  return Array.from({ length: count + 1 }, (_, k) =>
    lay.toGround(from[0] + ((to[0] - from[0]) * k) / count, from[1] + ((to[1] - from[1]) * k) / count),
  );
}

/** The outline of a plot on the ground, `inset` metres smaller on each side. */
export function plotRing(lay: Lay, plot: Plot, inset: number): Vertex[] {
  const { u0, v0, u1, v1 } = {
    u0: plot.u0 + inset,
    v0: plot.v0 + inset,
    u1: plot.u1 - inset,
    v1: plot.v1 - inset,
  };
  const sides: [Vertex, Vertex][] = [
    [
      [u0, v0],
      [u1, v0],
    ],
    [
      [u1, v0],
      [u1, v1],
    ],
    [
      [u1, v1],
      [u0, v1],
    ],
    [
      [u0, v1],
      [u0, v0],
    ],
  ];
  return sides.flatMap(([from, to]) => layLine(lay, from, to, 12).slice(0, -1));
}
