import { join } from 'node:path';
import { digestOf } from '../core/digest.ts';
import { workspaceError } from '../core/errors.ts';
import { modelGalleriesFolder, modelGalleryFile } from './layout.ts';
import { modelGallerySchema, type ModelGallery } from './model-gallery-record.ts';
import { listFolders, readRecord, writeRecord } from './workspace.ts';

/** The newest gallery of an application, as `--model` asks for it. */
export const NEWEST_GALLERY = 'gallery';

/** Whether `--model` names a gallery of models rather than one model. */
export const namesGallery = (model: string): boolean =>
  model === NEWEST_GALLERY || model.startsWith(`${NEWEST_GALLERY}-`);

/** `gallery-` and eight hexadecimal digits of the digest of what decides the gallery. */
export const modelGalleryId = (decides: unknown): string =>
  `${NEWEST_GALLERY}-${digestOf(decides).slice(0, 8)}`;

/** Publishes a gallery, whole or not at all; its models must be there. */
export const writeModelGallery = (root: string, gallery: ModelGallery): Promise<void> =>
  writeRecord(modelGalleryFile(root, gallery.application, gallery.id), gallery);

/** The galleries of one application, or of all, oldest first. Throws RECORD_DAMAGED for an unreadable one. */
export async function listModelGalleries(root: string, app: string | null): Promise<ModelGallery[]> {
  const apps = app === null ? await listFolders(join(root, 'applications'), 'application.json') : [app];
  const found = await Promise.all(apps.map((name) => galleriesOf(root, name)));
  return found.flat();
}

async function galleriesOf(root: string, app: string): Promise<ModelGallery[]> {
  const ids = await listFolders(modelGalleriesFolder(root, app), 'gallery.json');
  const galleries = await Promise.all(
    ids.map((id) => readRecord(modelGalleryFile(root, app, id), modelGallerySchema)),
  );
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return galleries.sort((a, b) => order(a.created, b.created) || order(a.id, b.id));
}

/** One gallery of an application by id, or its newest. Throws workspace error NO_MODEL_GALLERY. */
export async function resolveModelGallery(root: string, app: string, wanted: string): Promise<ModelGallery> {
  const galleries = await listModelGalleries(root, app);
  const found =
    wanted === NEWEST_GALLERY ? galleries.at(-1) : galleries.find((gallery) => gallery.id === wanted);
  if (found !== undefined) return found;
  const known = galleries.map(({ id }) => id);
  throw workspaceError(
    'NO_MODEL_GALLERY',
    wanted === NEWEST_GALLERY
      ? `Application '${app}' has no gallery of models.`
      : `Application '${app}' has no gallery of models '${wanted}'.`,
    {
      hint:
        known.length === 0
          ? `Train one with \`resflow model train ${app}\`, or map with \`--model mono\`.`
          : `It has: ${known.join(', ')}.`,
      context: { application: app, gallery: wanted, known },
    },
  );
}
