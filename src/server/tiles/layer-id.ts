import { z } from 'zod';
import { ID_PATTERN } from '../../core/ids.ts';
import { ALL_SCENES, type RasterName } from './served-raster.ts';

/** The name of a raster where an interface has one word for it: `scene:ID`, `map:RUN:ID:LAYER`. No identifier holds a colon. */
export const layerId = (name: RasterName): string =>
  name.kind === 'scene' ? `scene:${name.scene}` : `map:${name.run}:${name.scene ?? ALL_SCENES}:${name.layer}`;

/** Null where the text is no such name. */
export function parseLayerId(text: string): RasterName | null {
  const [kind, first = '', scene = '', layer = '', ...rest] = text.split(':');
  const parts = kind === 'scene' ? [first] : [first, scene, layer];
  const tail = kind === 'scene' ? [scene, layer].join('') : rest.join('');
  if (!parts.every((part) => ID_PATTERN.test(part)) || tail !== '' || rest.length > 0) return null;
  if (kind === 'scene') return { kind: 'scene', scene: first };
  return kind === 'map'
    ? { kind: 'map', run: first, scene: scene === ALL_SCENES ? null : scene, layer }
    : null;
}

/** A raster's name as one word of an address. */
export const layerIdSchema = z
  .string()
  .max(500)
  .transform((text, context) => {
    const name = parseLayerId(text);
    if (name !== null) return name;
    context.addIssue({ code: 'custom', message: 'is no scene:ID or map:RUN:SCENE:LAYER' });
    return z.NEVER;
  });
