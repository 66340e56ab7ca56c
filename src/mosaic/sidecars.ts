import { escapeXml } from '../raster/gdal-metadata.ts';
import type { Store } from '../storage/store.ts';
import type { LayerSpec } from './layer.ts';

type Palette = NonNullable<LayerSpec['palette']>;

/**
 * Writes what TIFF has no place for beside a class layer: `.aux.xml` (category names and attribute table, read by GDAL
 * and everything on it) and `.qml` (QGIS's style: only the classes that exist in the legend). For quantities nothing; statistics that a viewer
 * left there of an older map are removed.
 */
export async function writeSidecars(
  store: Store,
  key: string,
  { spec, srs }: { spec: LayerSpec; srs: string | null },
): Promise<void> {
  if (spec.palette === undefined && srs === null) await store.remove(`${key}.aux.xml`);
  else await store.write(`${key}.aux.xml`, auxXml(spec.palette ?? null, srs));
  if (spec.palette === undefined) return;
  await store.write(key.replace(/\.tiff?$/i, '.qml'), qgisStyle(spec.palette));
}

const channels = (colour: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/**
 * GDAL's sidecar: of band 1 CategoryNames up to the highest class, and a thematic raster attribute table; and the `<SRS>`
 * element of a CRS that GeoTIFF cannot hold.
 */
export function auxXml(palette: Palette | null, srs: string | null): string {
  return `<PAMDataset>\n${srs === null ? '' : `  ${srs}\n`}${palette === null ? '' : bandXml(palette)}</PAMDataset>\n`;
}

function bandXml(palette: Palette): string {
  const names = Array.from({ length: Math.max(...palette.map(({ value }) => value)) + 1 }, () => '');
  for (const { value, name } of palette) names[value] = name;
  const categories = names.map((name) => `      <Category>${escapeXml(name)}</Category>`);
  return `  <PAMRasterBand band="1">
    <CategoryNames>
${categories.join('\n')}
    </CategoryNames>
    <GDALRasterAttributeTable tableType="thematic">
${FIELDS.map(fieldXml).join('\n')}
${palette.map(rowXml).join('\n')}
    </GDALRasterAttributeTable>
  </PAMRasterBand>
`;
}

/** Columns of the attribute table: name, GDAL's type (0 integer, 2 text) and use (5 value, 2 name, 6 to 8 colours). */
const FIELDS = [
  ['Value', 0, 5],
  ['Class', 2, 2],
  ['Red', 0, 6],
  ['Green', 0, 7],
  ['Blue', 0, 8],
] as const;

const fieldXml = ([name, type, usage]: (typeof FIELDS)[number], index: number): string =>
  `      <FieldDefn index="${index}"><Name>${name}</Name><Type>${type}</Type><Usage>${usage}</Usage></FieldDefn>`;

function rowXml({ value, name, colour }: Palette[number], index: number): string {
  const cells = [value, escapeXml(name), ...channels(colour)].map((cell) => `<F>${cell}</F>`);
  return `      <Row index="${index}">${cells.join('')}</Row>`;
}

/** A QGIS layer style that QGIS takes by itself because of its name. */
export function qgisStyle(palette: Palette): string {
  const entries = palette.map(
    ({ value, name, colour }) =>
      `        <paletteEntry value="${value}" color="${colour}" label="${escapeXml(name)}" alpha="255"/>`,
  );
  return `<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">
      <colorPalette>
${entries.join('\n')}
      </colorPalette>
    </rasterrenderer>
  </pipe>
</qgis>
`;
}
