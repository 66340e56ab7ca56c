import type { Evaluation, WorstBlock } from '../schema.ts';

const MOST = 6;
const MOST_PER_SCENE = 3;

/** The blocks to show as failures: most wrong ground first, of unseen scenes where there are any, not all of one scene. */
export function chooseWorst({ headline, scenes }: Evaluation): WorstBlock[] {
  const shown = headline === null ? scenes : scenes.filter(({ role }) => role === 'unseen');
  return shown
    .flatMap(({ worst, gsdMetres }) =>
      worst.slice(0, MOST_PER_SCENE).map((block) => ({ block, wrongM2: block.wrongPixels * gsdMetres ** 2 })),
    )
    .sort((a, b) => b.wrongM2 - a.wrongM2)
    .slice(0, MOST)
    .map(({ block }) => block);
}
