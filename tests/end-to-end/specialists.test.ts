import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { modelCardSchema } from '../../src/model/card.ts';
import { modelGallerySchema, type ModelGallery } from '../../src/workspace/model-gallery-record.ts';
import { FAKE_TRAINER, SMALL_CHIPS, writePatches } from '../support/gallery.ts';
import { PROGRAM, runJson, runOk, startProgram } from '../support/program.ts';
import { filesBelow, temporaryFolder } from '../support/workspace.ts';

/** A model for each bucket, from a partition and labels to the gallery of models, with trainings of seconds. */

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 240_000 });

const python = process.env['RESFLOW_PYTHON'] ?? join(PROGRAM, '..', '..', '.venv', 'bin', 'python');
const noTrainer = existsSync(python) ? null : `no Python environment at ${python} (npm run setup makes it)`;
// oxlint-disable-next-line no-console -- a skip has to be seen
if (noTrainer !== null) console.warn(`SKIPPED: specialists: ${noTrainer}`);

/** Kinds of patches that hold an object; chips of the others have no foreground, so that their buckets starve. */
const BUILT = [2, 3];
const SCENES = {
  north: { width: 512, height: 384, split: 'train', labelled: true },
  south: { width: 512, height: 384, split: 'train', labelled: true },
  east: { width: 256, height: 256, split: 'validation', labelled: true },
  west: { width: 256, height: 256, split: null, labelled: false },
} as const;

/** One square in the middle of each built patch, in the scene's own coordinates. */
async function writeLabels(
  file: string,
  kinds: readonly number[],
  columns: number,
  east: number,
): Promise<void> {
  const square = (patch: number) => {
    const left = 500_000 + east + 32 * (patch % columns) + 4;
    const top = 9_000_000 - 32 * Math.floor(patch / columns) - 4;
    const ring = [
      [left, top],
      [left + 24, top],
      [left + 24, top - 24],
      [left, top - 24],
      [left, top],
    ];
    return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
  };
  const built = [...kinds.keys()].filter((patch) => BUILT.includes(kinds[patch] ?? 0));
  const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32737' } };
  await writeFile(file, JSON.stringify({ type: 'FeatureCollection', crs, features: built.map(square) }));
}

describe.skipIf(noTrainer !== null)('specialists', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  const words = (...args: string[]) => [...args, '--workspace', workspace];
  const ok = (...args: string[]) => runOk(words(...args));
  const refusal = async (...args: string[]) => {
    const { json } = await runJson(words(...args));
    return (json as { error: { code: string; message: string; hint: string } }).error;
  };
  const QUICK =
    '--no-int8 --threads 2 --set crop=64 --set batch=4 --set precision="float32" --least-objects 5';
  const train = (...args: string[]) => ['model', 'train', 'blocks', ...QUICK.split(' '), ...args];
  const DISTILLED = train('--recipe', 'distilled', '--network', 'small-unet-quarter', '--max-steps', '80');
  let gallery: ModelGallery;

  beforeAll(async () => {
    folder = await temporaryFolder('specialists');
    workspace = join(folder.path, 'workspace');
    await runOk(['init', workspace]);
    await ok('app', 'create', 'blocks', '--class', 'block', '--gsd', '0.5');
    for (const [i, [id, { width, height, split, labelled }]] of Object.entries(SCENES).entries()) {
      const image = join(folder.path, `${id}.tif`);
      const east = 1000 * i;
      const kinds = writePatches(image, { width, height }, { seed: i + 1, east });
      await ok(
        'scene',
        'add',
        image,
        '--place',
        id,
        '--id',
        id,
        ...(split === null ? [] : ['--split', split]),
      );
      if (!labelled) continue;
      const labels = join(folder.path, `${id}.geojson`);
      await writeLabels(labels, kinds, width / 64, east);
      await ok('label', 'add', 'blocks', labels, '--class', 'block', '--complete', 'scene');
    }
  });
  afterAll(() => folder.remove());

  it('need a partition, and codes of every scene that is trained on', async () => {
    expect(await refusal(...DISTILLED)).toMatchObject({ code: 'NO_GALLERY' });
    await runOk(words('gallery', 'build', '--scenes', 'north,south', ...SMALL_CHIPS), FAKE_TRAINER);
    const missing = await refusal(...DISTILLED);
    expect(missing).toMatchObject({ code: 'NOT_IN_GALLERY' });
    expect(missing.hint).toContain('resflow gallery add --scenes east');
    await ok('gallery', 'add', '--all');
  });

  it('are refused before a Mono is trained for them, where no bucket has labels enough', async () => {
    const none = await refusal(...train('--recipe', 'distilled', '--least-scenes', '3', '--max-steps', '40'));
    expect(none).toMatchObject({ code: 'ALL_BUCKETS_STARVED' });
    expect(none.message).toMatch(/2 of at least 3 scenes with foreground/);
    expect((await ok('model', 'list', 'blocks'))['models']).toEqual([]);
  });

  it('are trained one after the other; stopped, the same command goes on', async () => {
    await ok(...train('--mono', '--max-steps', '40', '--set', 'network="tiny-unet"'));
    const { child, ended } = startProgram(words(...DISTILLED));
    const shared = join(workspace, 'models', 'blocks');
    const trained = async () =>
      (await filesBelow(shared)).filter((file) => /distilled-[0-9a-f]{8}\/card\.json$/.test(file));
    await vi.waitFor(async () => expect(await trained()).toHaveLength(1), {
      timeout: 1_000_000,
      interval: 200,
    });
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    const [card = ''] = await trained();
    const { mtimeMs } = await stat(card);
    const galleries = join(workspace, 'model-galleries', 'blocks');
    expect((await filesBelow(galleries)).some((file) => file.endsWith('gallery.json'))).toBe(false);
    const result = await ok(...DISTILLED);
    // The scene without labels is in the set, too: for the teacher.
    expect(result).toMatchObject({ recipe: 'distilled', reused: false, trainingSet: { scenes: 4 } });
    expect((await stat(card)).mtimeMs).toBe(mtimeMs);
    const file = join(result['folder'] as string, 'gallery.json');
    gallery = modelGallerySchema.parse(JSON.parse(await readFile(file, 'utf8')));
    expect(gallery.id).toBe(result['gallery']);
  });

  it('are recorded with what decided: two buckets with a model that was judged, two that starve', async () => {
    expect(gallery.buckets).toHaveLength(4);
    const starved = gallery.buckets.filter(({ reason }) => reason.startsWith('Starved'));
    const judged = gallery.buckets.filter(({ scores }) => scores.model !== null && scores.mono !== null);
    expect(starved.map(({ evidence }) => evidence.foregroundPixels)).toEqual([0, 0]);
    const own = gallery.buckets.filter((bucket) => !starved.includes(bucket));
    expect(own.map(({ evidence }) => evidence.objects > 20 && evidence.scenes === 2)).toEqual([true, true]);
    expect(own.every((bucket) => judged.includes(bucket))).toBe(true);
    // Steps of the shared student and of two buckets, none lost: 40 + 2 x 20.
    expect(gallery.budget).toEqual({ monoSteps: 40, specialistSteps: 80 });
    for (const { bucket, code, decision, model } of gallery.buckets) {
      if (decision === 'mono') expect(model).toBe(gallery.mono);
      if (decision !== 'specialist') continue;
      const file = join(workspace, 'models', 'blocks', model, 'card.json');
      const card = modelCardSchema.parse(JSON.parse(await readFile(file, 'utf8')));
      expect(card).toMatchObject({ bucket: code, training: { recipe: 'distilled' } });
      expect(model).toContain(`-b${bucket}-`);
    }
  });

  it('are found again, listed and shown; mono is still Mono', async () => {
    expect(await ok(...DISTILLED)).toMatchObject({ gallery: gallery.id, reused: true });
    const listed = await ok('model', 'list', 'blocks');
    expect(listed['galleries']).toMatchObject([{ id: gallery.id, recipe: 'distilled', mono: gallery.mono }]);
    expect(await ok('model', 'show', 'gallery')).toEqual({ gallery: JSON.parse(JSON.stringify(gallery)) });
    const shown = await startProgram(words('model', 'show', gallery.id)).ended;
    expect(shown.stdout).toMatch(/decision/);
    expect(shown.stdout).toContain(gallery.buckets[3]?.reason);
    const mono = (await ok('model', 'show', 'blocks')) as { card: { id: string } };
    expect(mono.card.id).toBe(gallery.mono);
  });

  it('can be parts of one trunk, of the size of Mono; one student for everything needs no buckets', async () => {
    const trunk = await ok(...train('--recipe', 'conditional', '--max-steps', '8'));
    expect(trunk).toMatchObject({ recipe: 'conditional', budget: { monoSteps: 40, specialistSteps: 8 } });
    const { models } = (await ok('model', 'list', 'blocks')) as {
      models: { id: string; bucket: string | null; network: string }[];
    };
    const parts = models.filter(({ id }) => /^conditional-b\d+-/.test(id));
    expect(parts.map(({ network }) => network)).toEqual(['tiny-unet', 'tiny-unet']);
    const small = train(
      '--recipe',
      'distilled-conditional',
      '--network',
      'small-unet-quarter',
      '--max-steps',
      '8',
    );
    expect(await ok(...small)).toMatchObject({
      recipe: 'distilled-conditional',
      budget: { specialistSteps: 8 },
    });
    const students = ((await ok('model', 'list', 'blocks')) as { models: { id: string; network: string }[] })
      .models;
    const folded = students.filter(({ id }) => /^distilled-conditional-b\d+-/.test(id));
    expect(folded.map(({ network }) => network)).toEqual(['small-unet-quarter', 'small-unet-quarter']);
    const student = await ok(
      ...train('--recipe', 'distilled-mono', '--network', 'small-unet-quarter', '--max-steps', '8'),
    );
    expect(student['model']).toMatch(/^distilled-mono-/);
    const { card } = (await ok('model', 'show', 'blocks')) as { card: { id: string } };
    expect(card.id).toBe(gallery.mono);
    // A student can stand as Mono: what goes on from it has its network, and is judged against it.
    const base = String(student['model']);
    const onIt = await ok(...train('--recipe', 'conditional', '--base', base, '--max-steps', '8'));
    expect(onIt).toMatchObject({ mono: base, budget: { monoSteps: 8, specialistSteps: 8 } });
    const ofBucket = folded[0]?.id ?? '';
    const refused = await refusal(...train('--recipe', 'finetune', '--base', ofBucket));
    expect(refused).toMatchObject({ code: 'BAD_OPTION' });
    expect(refused.message).toContain(`--base ${ofBucket}: the model is of bucket`);
  });

  it('are refused where no bucket has labels enough, and where validation would teach', async () => {
    const none = await refusal(...train('--recipe', 'finetune', '--least-pixels', '10000000'));
    expect(none).toMatchObject({ code: 'ALL_BUCKETS_STARVED' });
    expect(none.message).toMatch(/of at least 10000000 foreground pixels/);
    expect(await refusal(...train('--recipe', 'distilled', '--unlabelled', 'east'))).toMatchObject({
      code: 'BAD_OPTION',
    });
  });
});
