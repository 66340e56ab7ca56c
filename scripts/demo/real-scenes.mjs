import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DemoStopped } from './command-runner.mjs';

const TRAINING = [
  { id: 'nepal_banepa_train', place: 'banepa' },
  { id: 'uganda_kampala_A', place: 'kampala' },
  { id: 'tanzania_zanzibar_A', place: 'zanzibar' },
  { id: 'kenya_nairobi_A', place: 'nairobi' },
];

const TEST = [
  {
    id: 'philippines_catanduanes_A',
    place: 'catanduanes',
    note: 'Catanduanes, Philippines; drone, 0.07 m. A new place.',
  },
  {
    id: 'nepal_kavre_A',
    place: 'kavre',
    note: 'Kavre, Nepal; drone, 0.13 m. A kilometre from a training scene.',
  },
  {
    id: 'usa_massachusetts_A',
    place: 'massachusetts',
    note: 'Massachusetts; aerial, 1 m. Coarser than anything in training.',
  },
  {
    id: 'usa_joplin_2048_weaklabels',
    place: 'joplin',
    note: 'Joplin; satellite, 0.6 m. One label in eight is absent or shifted.',
  },
];

/** City places that are kept from training to choose the model by: chosen before any result was seen. */
const VALIDATION_CITIES = ['kitsap', 'new_zealand', 'ottawa', 'vienna'];

/** The real scenes of a data folder: what is trained on, chosen by, and mapped. */
export function realScenes(data) {
  const scenes = [
    ...TRAINING.map((scene) => named(data, scene, 'train')),
    ...cityScenes(data),
    ...TEST.map((scene) => named(data, scene, 'test')),
  ];
  const missing = scenes.flatMap(({ image, labels }) => [image, labels]).filter((path) => !existsSync(path));
  if (missing.length > 0) {
    throw new DemoStopped(`These files of the real scenes are missing:\n  ${missing.join('\n  ')}`, 3);
  }
  return scenes;
}

const named = (data, { id, place, note = '' }, split) => ({
  id,
  place,
  split,
  note,
  image: join(data, id, 'image.tif'),
  labels: join(data, id, 'buildings.geojson'),
  labelKind: 'vector',
});

function cityScenes(data) {
  const folder = join(data, 'city_chips');
  if (!existsSync(folder))
    throw new DemoStopped(`${data} holds no folder city_chips. Is it the folder of the real scenes?`, 3);
  return readdirSync(folder)
    .sort()
    .map((id) => {
      const place = id.replace(/_\d+$/, '');
      return {
        id,
        place,
        split: VALIDATION_CITIES.includes(place) ? 'validation' : 'train',
        note: '',
        image: join(folder, id, 'image.tif'),
        labels: join(folder, id, 'mask.tif'),
        labelKind: 'mask',
      };
    });
}
