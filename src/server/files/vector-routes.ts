import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { systemErrorCode } from '../../core/errors.ts';
import { VECTOR_FILES } from '../../vectorize/vector-files.ts';
import { vectorsFolder } from '../../workspace/layout.ts';
import { readRun } from '../../workspace/runs.ts';
import { idSchema } from '../ids.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { sendFile } from './send-file.ts';

/** Media types by how the names of vector files end. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map(
  Object.values(VECTOR_FILES).map(({ extensions: [own], mediaType }) => [own, mediaType]),
);

const params = z.object({ run: idSchema });
const fileName = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,159}$/, 'is no name of a file');

const fileSchema = z.object({
  file: z.string(),
  bytes: z.int(),
  /** Type of the content. */
  type: z.string(),
  href: z.string(),
});

/** What `map vectorize` wrote into a run's folder: PMTiles and others that are read by ranges, and whole files. */
export const vectorRoutes = (): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/api/runs/{run}/vectors',
    tag: 'results',
    summary: 'List the files of vectors that were made of a run',
    scope: 'read',
    params,
    answer: { description: 'Files, by name.', schema: z.object({ files: z.array(fileSchema) }) },
    async handle({ params: { run }, origin }, { root }) {
      const { id } = await readRun(root, run);
      const files = [...(await vectorFiles(root, id))].map(async ([file, type]) => ({
        file,
        bytes: (await stat(join(vectorsFolder(root, id), file))).size,
        type,
        href: `${origin}/files/vectors/${id}/${file}`,
      }));
      return { files: await Promise.all(files) };
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/files/vectors/{run}/{file}',
    tag: 'map services',
    summary: 'File of vectors of a run, by ranges',
    scope: 'read',
    params: params.extend({ file: fileName }),
    answer: {
      description: 'The file, or the range of it that is asked for (206)',
      mediaTypes: [...MEDIA_TYPES.values()],
    },
    async handle({ params: { run, file }, headers }, { root }, reply) {
      const { id } = await readRun(root, run);
      const type = (await vectorFiles(root, id)).get(file);
      if (type === undefined)
        throw notFound(
          'NO_VECTORS',
          `The run has no vectors by that name. \`resflow map vectorize\` makes some.`,
        );
      return sendFile({ path: join(vectorsFolder(root, id), file), type }, headers, reply);
    },
  }),
];

/** Names of a run's files of vectors with their media types; only what lies there goes out, whatever is asked for. */
async function vectorFiles(root: string, run: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(vectorsFolder(root, run), { withFileTypes: true }).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map(({ name }): [string, string | undefined] => [name, MEDIA_TYPES.get(extname(name))])
      .filter((pair): pair is [string, string] => pair[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
