import type { Random } from '../core/random.ts';
import { blend, paintShape, type Colour, scaleColour } from './canvas.ts';
import type { Scenery } from './paint-building.ts';
import { discShape, type Shape } from './shape.ts';
import { smoothstep } from './texture.ts';

export interface Tree {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Height over the ground, metres. */
  readonly height: number;
  readonly colour: Colour;
}

/** A crown with an uneven edge, brighter towards the sun, that casts a shadow. */
export function paintTree({ canvas, texture, sun }: Scenery, tree: Tree, random: Random): void {
  const crown = crownShape(tree, random);
  paintShape(canvas, crown, (pixel, share, x, y) => {
    const out = Math.min(1, Math.hypot(x - tree.x, y - tree.y) / tree.radius);
    const towardsSun = ((x - tree.x) * sun.x + (y - tree.y) * sun.y) / tree.radius;
    const leaves = 0.16 * (texture.fine[pixel] ?? 0) + 0.14 * (texture.grain[pixel] ?? 0);
    const brightness = 0.86 + 0.32 * towardsSun - 0.12 * out + leaves;
    // Thin at the edge: the ground shows through.
    blend(
      canvas,
      pixel,
      share * (1 - 0.35 * smoothstep(0.75, 1, out)),
      scaleColour(tree.colour, Math.max(0.35, brightness)),
    );
    const top = tree.height * (0.45 + 0.55 * Math.sqrt(Math.max(0, 1 - out * out)));
    if (share > 0.6) canvas.elevation[pixel] = Math.max(canvas.elevation[pixel] ?? 0, top);
  });
}

function crownShape(tree: Tree, random: Random): Shape {
  const lobes = [2, 3, 5].map((n) => ({
    n,
    size: (0.05 + random() * 0.1) * tree.radius,
    phase: random() * 6.3,
  }));
  const reach = tree.radius * 1.4;
  return {
    ...discShape(tree.x, tree.y, reach),
    distance(x, y) {
      const angle = Math.atan2(y - tree.y, x - tree.x);
      const bumps = lobes.reduce((sum, lobe) => sum + lobe.size * Math.sin(lobe.n * angle + lobe.phase), 0);
      return Math.hypot(x - tree.x, y - tree.y) - tree.radius - bumps;
    },
  };
}

/** A palm from above: a star of narrow leaves. */
export function paintPalm({ canvas, sun, texture }: Scenery, tree: Tree, random: Random): void {
  const turn = random() * 6.3;
  const leaves = 7 + Math.floor(random() * 3);
  paintShape(canvas, discShape(tree.x, tree.y, tree.radius), (pixel, share, x, y) => {
    const dx = x - tree.x;
    const dy = y - tree.y;
    const out = Math.hypot(dx, dy) / tree.radius;
    const leaf = 0.5 + 0.5 * Math.cos(leaves * Math.atan2(dy, dx) + turn);
    const cover = share * smoothstep(out - 0.35, out, leaf);
    if (cover <= 0) return;
    const brightness =
      0.9 + 0.2 * ((dx * sun.x + dy * sun.y) / tree.radius) + 0.12 * (texture.grain[pixel] ?? 0);
    blend(canvas, pixel, cover, scaleColour(tree.colour, brightness));
    if (cover > 0.5) canvas.elevation[pixel] = Math.max(canvas.elevation[pixel] ?? 0, tree.height);
  });
}
