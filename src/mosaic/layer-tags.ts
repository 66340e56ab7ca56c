import { gdalMetadataXml, type GdalMetadataItem } from '../raster/gdal-metadata.ts';
import type { ImageLevel } from '../raster/overview-plan.ts';
import { TAGS, type TiffTag } from '../raster/tiff-tags.ts';
import type { LayerSpec } from './layer.ts';

/** The tags of one level of a layer's file, without those of place, metadata and blocks. */
export function imageTags(spec: LayerSpec, level: ImageLevel, blockPixels: number): TiffTag[] {
  return [
    { tag: TAGS.newSubfileType, type: 'long', values: [level.level === 0 ? 0 : 1] },
    { tag: TAGS.imageWidth, type: 'long', values: [level.width] },
    { tag: TAGS.imageLength, type: 'long', values: [level.height] },
    { tag: TAGS.bitsPerSample, type: 'short', values: [8] },
    { tag: TAGS.compression, type: 'short', values: [8] },
    { tag: TAGS.photometric, type: 'short', values: [spec.palette === undefined ? 1 : 3] },
    { tag: TAGS.samplesPerPixel, type: 'short', values: [1] },
    { tag: TAGS.planarConfiguration, type: 'short', values: [1] },
    ...(spec.palette === undefined ? [] : [colorMapTag(spec.palette)]),
    { tag: TAGS.tileWidth, type: 'long', values: [blockPixels] },
    { tag: TAGS.tileLength, type: 'long', values: [blockPixels] },
    { tag: TAGS.sampleFormat, type: 'short', values: [1] },
    { tag: TAGS.gdalNoData, type: 'ascii', values: String(spec.noData) },
  ];
}

/** Software and GDAL_METADATA: what the layer is, its class names or scale, and the map's own entries sorted by name. */
export function describingTags(spec: LayerSpec, metadata: Readonly<Record<string, string>>): TiffTag[] {
  const items: GdalMetadataItem[] = Object.keys(metadata)
    .sort()
    .map((name) => ({ name, value: metadata[name] ?? '' }));
  items.push({ name: 'DESCRIPTION', value: spec.description, band: 0, role: 'description' });
  for (const { value, name } of spec.palette ?? [])
    items.push({ name: `CLASS_${value}`, value: name, band: 0 });
  if (spec.scale !== undefined) {
    items.push({ name: 'OFFSET', value: '0', band: 0, role: 'offset' });
    items.push({ name: 'SCALE', value: String(spec.scale), band: 0, role: 'scale' });
  }
  return [
    { tag: TAGS.software, type: 'ascii', values: 'RESFlow' },
    { tag: TAGS.gdalMetadata, type: 'ascii', values: gdalMetadataXml(items) },
  ];
}

function colorMapTag(palette: NonNullable<LayerSpec['palette']>): TiffTag {
  const colours = new Uint16Array(3 * 256);
  for (const { value, colour } of palette) {
    [1, 3, 5].forEach((at, channel) => {
      colours[channel * 256 + value] = Number.parseInt(colour.slice(at, at + 2), 16) * 257;
    });
  }
  return { tag: TAGS.colorMap, type: 'short', values: colours };
}
