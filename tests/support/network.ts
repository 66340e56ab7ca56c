import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runOk } from './program.ts';

const NETWORK = fileURLToPath(new URL('../fixtures/models/unet.onnx', import.meta.url));

const CARD = {
  bands: ['red', 'green', 'blue'],
  classes: [
    { id: 1, name: 'building', colour: '#e8452c' },
    { id: 2, name: 'tree', colour: '#2e8b57' },
  ],
  background: true,
  activation: 'softmax',
  normalisation: { kind: 'scene', clip: 3 },
  gsd: { metres: 0.5 },
};

/** Gives a workspace the application `two` with a small network of random weights, `net`: multiple 8, theoretical radius below 32. */
export async function importNetwork(workspace: string, folder: string): Promise<void> {
  const classes = CARD.classes.flatMap(({ name, colour }) => ['--class', `${name}:${colour}`]);
  await runOk(['app', 'create', 'two', ...classes, '--gsd', '0.5', '--workspace', workspace]);
  const card = join(folder, 'card.json');
  await writeFile(card, JSON.stringify(CARD));
  const about = ['--card', card, '--app', 'two', '--name', 'net'];
  await runOk(['model', 'import', NETWORK, ...about, '--workspace', workspace]);
}
