import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the procedural scenes that are not there yet; the same seed gives the same bytes everywhere. */
export async function madeScenes({ workspace, runner }) {
  const { DEMO_PLACES, demoPlaceStamp, writeDemoPlace } = await import('../../dist/demo/demo-places.js');
  const folder = join(workspace, 'imagery');
  const scenes = [];
  for (const [k, place] of DEMO_PLACES.entries()) {
    runner.throwIfStopped();
    const stampFile = join(folder, `${place.id}.made`);
    const stamp = demoPlaceStamp(place);
    const made = existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp;
    const { widthPixels, heightPixels, gsdMetres, terrain } = place.spec;
    if (!made) {
      process.stdout.write(
        `  ${k + 1}/${DEMO_PLACES.length} ${place.id}: ${terrain}, ${widthPixels} x ${heightPixels} pixels at ${gsdMetres} m\n`,
      );
      await writeDemoPlace(folder, place);
      await writeFile(stampFile, stamp);
    }
    scenes.push({
      id: place.id,
      place: place.place,
      split: place.split,
      image: join(folder, `${place.id}.tif`),
      labels: join(folder, `${place.id}.geojson`),
      labelKind: 'vector',
      note: place.note,
    });
  }
  return scenes;
}
