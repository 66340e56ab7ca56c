// Accuracy against arithmetic, of the recipes that `bench/partition.mjs` compared.
import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { drawChart } from '../../dist/training/draw-curves.js';

const COLOURS = ['#2563eb', '#0d9488', '#7c3aed', '#d97706', '#dc2626'];
/** GMAC at 512 px of the smallest network. */
const LEAST = 0.604;

export async function drawRecipes(curves, path) {
  const svg = drawChart({
    title: 'Buildings in places that no model was trained on',
    subtitle: `mean IoU of 17 places, five folds; each doubling is twice the arithmetic of the last, from ${LEAST} GMAC at 512 px`,
    xLabel:
      'doublings of the arithmetic: small-unet-quarter at 0, half at 2, small-unet at 4, paper-unet at 7.7',
    panels: [
      {
        title: 'IoU',
        unit: '',
        curves: curves.map(({ points, ...curve }, i) => ({
          ...curve,
          colour: COLOURS[Math.min(i, COLOURS.length - 1)],
          points: points.map(([gmac, iou]) => [Math.max(0, Math.log2(gmac / LEAST)), iou]),
        })),
      },
    ],
  });
  writeFileSync(path, await sharp(Buffer.from(svg)).png({ palette: true }).toBuffer());
}
