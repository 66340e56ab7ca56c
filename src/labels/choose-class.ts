import { usageError } from '../core/errors.ts';
import { openRaster } from '../raster/open-dataset.ts';
import type { Application } from '../workspace/application-record.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { classIdOf, lookupClass, ownNames, parseClassMap } from './class-map.ts';

/** How the user said what the objects are. */
export interface ClassChoice {
  readonly className: string | null;
  readonly attribute: string | null;
  /** `value=class` pairs. */
  readonly map: readonly string[];
}

interface LabelFile {
  readonly href: string;
  readonly kind: 'vector' | 'raster';
  readonly fields: readonly string[];
}

/**
 * What class the objects or pixels of a file are. Vectors: one class, or an attribute with a map (without one, its values
 * are class names); an application with one class needs neither. Rasters: always a map.
 * Throws usage errors UNKNOWN_CLASS, BAD_MAP, LABEL_CLASS_MISSING, LABEL_ATTRIBUTE_UNKNOWN, LABEL_MAP_MISSING.
 */
export async function chooseClassOf(
  app: Application,
  choice: ClassChoice,
  file: LabelFile,
): Promise<LabelSource['classOf']> {
  const map = parseClassMap(app, choice.map);
  if (file.kind === 'raster') {
    if (choice.map.length === 0) throw await mapMissing(app, choice, file);
    return { kind: 'pixel', map };
  }
  if (choice.attribute !== null)
    return {
      kind: 'attribute',
      attribute: knownField(choice.attribute, file),
      map: choice.map.length > 0 ? map : ownNames(app),
    };
  if (choice.className !== null) return { kind: 'constant', classId: classIdOf(app, choice.className) };
  const [only, second] = app.classes;
  if (only !== undefined && second === undefined && choice.map.length === 0)
    return { kind: 'constant', classId: only.id };
  throw usageError('LABEL_CLASS_MISSING', `What are the objects of ${file.href}?`, {
    hint: `Give --class NAME (${app.classes.map((known) => known.name).join(', ')}), or --attribute COLUMN with --map VALUE=CLASS. Columns: ${file.fields.slice(0, 12).join(', ')}.`,
    context: { file: file.href, columns: file.fields.slice(0, 50) },
  });
}

function knownField(attribute: string, file: LabelFile): string {
  if (file.fields.includes(attribute)) return attribute;
  throw usageError('LABEL_ATTRIBUTE_UNKNOWN', `${file.href} has no attribute '${attribute}'.`, {
    hint: `It has: ${file.fields.join(', ')}.`,
    context: { file: file.href, attribute, known: file.fields },
  });
}

async function mapMissing(app: Application, choice: ClassChoice, file: LabelFile) {
  const values = await valuesFound(file.href);
  const [zero, ...others] = values;
  const named = choice.className ?? app.classes[0]?.name ?? 'CLASS';
  const example =
    zero === 0 && others.length === 1 && app.background
      ? `--map 0=background --map ${others[0]}=${named}`
      : `--map VALUE=CLASS for each of them`;
  return usageError(
    'LABEL_MAP_MISSING',
    `${file.href} is a class raster; what do its values (${values.join(', ')}) stand for?`,
    {
      hint: `Say it with ${example}; values that are not named stay unlabelled.`,
      context: { file: file.href, values },
    },
  );
}

const SAMPLE_SIDE = 512;
const MOST_VALUES = 20;

/** The values of a class raster, from a thinned-out reading, sorted. */
async function valuesFound(href: string): Promise<number[]> {
  const { dataset, bands, width, height } = await openRaster(href);
  try {
    const size = { buffer_width: Math.min(width, SAMPLE_SIDE), buffer_height: Math.min(height, SAMPLE_SIDE) };
    const pixels = await bands[0]?.pixels.readAsync(0, 0, width, height, undefined, size);
    return [...new Set(Array.from(pixels ?? [], Number))].sort((a, b) => a - b).slice(0, MOST_VALUES);
  } finally {
    dataset.close();
  }
}

/** A feature's class id by its attribute, as `readObjects` asks for it. */
export function ruleOf(
  classOf: LabelSource['classOf'],
  file: string,
  app: Application,
): { attribute: string | null; classOf: (value: string | null) => number } {
  if (classOf.kind === 'constant') return { attribute: null, classOf: () => classOf.classId };
  const attribute = classOf.kind === 'attribute' ? classOf.attribute : '';
  return {
    attribute,
    classOf: lookupClass(classOf.map, { file, attribute, known: app.classes.map((known) => known.name) }),
  };
}
