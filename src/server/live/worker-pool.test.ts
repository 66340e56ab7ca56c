import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import type { MapTask } from '../../engine/protocol.ts';
import { WorkerPool } from './worker-pool.ts';

const task: MapTask = {
  version: 1,
  kind: 'map-region',
  id: 'region',
  scene: 'scene',
  bands: [1],
  window: { x: 0, y: 0, width: 512, height: 512 },
  model: { folder: '-', variant: 'noop', sha256: '' },
  parameters: { corePixels: 512, haloPixels: 0, blendPixels: 0, blockPixels: 512, gsdMetres: null },
};

const folder = temporaryFolder('worker-pool');

/** A worker that counts its starts in a file and then does as the script says. */
function poolOf(name: string, onLine: string): { pool: WorkerPool; starts: () => Promise<number> } {
  const script = join(folder, `${name}.mjs`);
  const marks = join(folder, `${name}.starts`);
  writeFileSync(
    script,
    `import { appendFileSync, readFileSync } from 'node:fs';
     import { createInterface } from 'node:readline';
     appendFileSync(${JSON.stringify(marks)}, 'x');
     const starts = readFileSync(${JSON.stringify(marks)}, 'utf8').length;
     const say = (reply) => process.stdout.write(JSON.stringify(reply) + '\\n');
     const failed = { type: 'result', id: 'region', status: 'failed', retry: false, error: { code: 'READ_FAILED', message: 'the file is cut off', hint: null, context: {} } };
     createInterface({ input: process.stdin }).on('line', () => { ${onLine} });`,
  );
  const command = { command: process.execPath, args: [script], env: process.env, silenceMs: 20_000 };
  const starts = async () => (await readFile(marks, 'utf8')).length;
  return { pool: new WorkerPool(command), starts };
}

describe('workers that predict', () => {
  it('are started again where one dies, once, and then the reason is told', async () => {
    const { pool, starts } = poolOf('dies', 'process.exit(3)');
    await expect(pool.map(task)).rejects.toMatchObject({ code: 'PREDICTION_FAILED', family: 'resource' });
    expect(await starts()).toBe(2);
    await pool.stop();
  });

  it('tell what a region failed with, and stay', async () => {
    const { pool, starts } = poolOf('fails', 'say(failed)');
    await expect(pool.map(task)).rejects.toMatchObject({
      code: 'READ_FAILED',
      message: 'the file is cut off',
    });
    await expect(pool.map(task)).rejects.toMatchObject({ code: 'READ_FAILED' });
    expect(await starts()).toBe(1);
    await pool.stop();
  });
});
