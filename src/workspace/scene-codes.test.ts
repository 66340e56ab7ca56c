import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { sceneCodesFile } from './layout.ts';
import { readSceneCodes, sceneCodesRecord, writeSceneCodes } from './scene-codes.ts';

const ABOUT = { scene: 'north', partition: 'ab', columns: 40_000, codeBytes: 2 };
/** In a lattice so large that places need more than 16 bits. */
const CHIPS = [
  { column: 3, row: 0, code: Uint8Array.of(1, 255), novelty: 0.25 },
  { column: 39_999, row: 50_000, code: Uint8Array.of(128, 2), novelty: 1.5 },
];

describe('the codes of a scene', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder('scene-codes');
  });
  afterAll(() => folder.remove());

  it('are read back by their digest, of chips that have one', async () => {
    const digest = await writeSceneCodes(folder.path, sceneCodesRecord(ABOUT, CHIPS));
    const codes = await readSceneCodes(folder.path, digest);
    for (const { column, row, code, novelty } of CHIPS) {
      const found = codes.at({ column, row });
      expect([[...(found?.code ?? [])], found?.novelty]).toEqual([[...code], novelty]);
    }
    expect(codes.at({ column: 4, row: 0 })).toBeNull();
    expect(await writeSceneCodes(folder.path, sceneCodesRecord(ABOUT, CHIPS))).toBe(digest);
  });

  it('say nothing of novelty where it was not asked', async () => {
    const plain = CHIPS.map((chip) => ({ ...chip, novelty: null }));
    const digest = await writeSceneCodes(folder.path, sceneCodesRecord(ABOUT, plain));
    expect((await readSceneCodes(folder.path, digest)).at(plain[1] ?? { column: 0, row: 0 })?.novelty).toBe(
      null,
    );
  });

  it('are refused where they are gone, or not those that were stored', async () => {
    const digest = await writeSceneCodes(folder.path, sceneCodesRecord(ABOUT, CHIPS.slice(1)));
    const file = sceneCodesFile(folder.path, digest);
    await writeFile(file, (await readFile(file, 'utf8')).replace('north', 'south'));
    await expect(readSceneCodes(folder.path, digest)).rejects.toMatchObject({ code: 'ROUTING_CHANGED' });
    await expect(readSceneCodes(folder.path, 'f'.repeat(64))).rejects.toMatchObject({
      code: 'ROUTING_MISSING',
    });
  });
});
