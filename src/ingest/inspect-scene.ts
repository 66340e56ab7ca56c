import { inputError } from '../core/errors.ts';
import { isRemote, isVirtual, gdalPath } from '../raster/gdal-path.ts';
import { describeCrs } from '../raster/crs.ts';
import { openRaster, type OpenRaster } from '../raster/open-dataset.ts';
import { identify } from '../raster/source-identity.ts';
import type { NoDataRule, SourceIdentity } from '../raster/source-record.ts';
import type { SceneBand, SceneItem, Split } from '../workspace/scene-record.ts';
import { acquisitionTime } from './acquisition-time.ts';
import { bandStatistics, type BandStatistics } from './band-statistics.ts';
import { nameBands } from './band-names.ts';
import { footprint } from './footprint.ts';
import { georeference, type Georeference } from './georeference.ts';
import { noDataOf, noDataRule, type NoDataChoice } from './no-data-rule.ts';
import { readValidMask, type ValidMask } from './valid-mask.ts';

/** What the user says about the scenes of one `scene add`. */
export interface SceneOptions {
  readonly place: string;
  readonly split: Split | null;
  readonly crs: string | null;
  readonly noData: NoDataChoice;
  /** ISO 8601, UTC. */
  readonly date: string | null;
  readonly bands: readonly string[] | null;
}

const EXTENSIONS = [
  'https://stac-extensions.github.io/projection/v2.0.0/schema.json',
  'https://stac-extensions.github.io/raster/v2.0.0/schema.json',
  'https://stac-extensions.github.io/eo/v2.0.0/schema.json',
];

/** Aerial photographs are not older than this: where a file tells no time, it was taken between then and its writing. */
const EARLIEST = '1858-01-01T00:00:00.000Z';

/**
 * Reads what there is to know of a source and makes its scene record; the pixels stay where they are.
 * Throws the errors of `openRaster`, `georeference`, `nameBands`; READ_FAILED, ALL_NO_DATA.
 */
export async function inspectScene(
  href: string,
  id: string,
  options: SceneOptions,
  now: Date,
): Promise<SceneItem> {
  const raster = await openRaster(href);
  try {
    const place = georeference(raster, options.crs);
    const rule = noDataRule(raster, options.noData);
    const mask = await readValidMask(raster, rule);
    const statistics = await bandStatistics(raster, rule, mask);
    if (statistics === null) throw allNoData(href, rule);
    const outline = await footprint(raster, place, mask);
    const identity = await identify(href);
    const time = options.date ?? acquisitionTime(raster.dataset);
    return {
      type: 'Feature',
      stac_version: '1.1.0',
      stac_extensions: EXTENSIONS,
      id,
      geometry: outline.geometry,
      bbox: outline.bbox,
      properties: {
        ...timeProperties(time, identity, now),
        created: now.toISOString(),
        gsd: Math.sqrt(place.gsdColumns * place.gsdRows),
        ...placeProperties(raster, place),
        'resflow:version': 1,
        'resflow:place': options.place,
        'resflow:split': options.split,
        'resflow:gsd_columns': place.gsdColumns,
        'resflow:gsd_rows': place.gsdRows,
        'resflow:no_data': rule,
        'resflow:valid_share': mask.validCount / mask.valid.length,
        'resflow:source': identity,
        'resflow:crs_assigned': place.crsAssigned,
      },
      assets: { image: imageAsset(raster, { statistics, mask, given: options.bands }) },
      links: [],
    };
  } finally {
    raster.dataset.close();
  }
}

const allNoData = (href: string, rule: NoDataRule) =>
  inputError('ALL_NO_DATA', `${href} holds no valid pixel by its no-data rule (${describeRule(rule)}).`, {
    hint: 'If the rule is wrong, state the right one with `--nodata` or `--nodata-colour`.',
    context: { file: href, rule: rule.kind },
  });

/** A no-data rule in words. */
export function describeRule(rule: NoDataRule): string {
  switch (rule.kind) {
    case 'none':
      return 'every pixel is data';
    case 'value':
      return `no-data value ${[...new Set(rule.values.map(String))].join(', ')}`;
    case 'mask':
      return 'mask band';
    case 'alpha':
      return `alpha in band ${rule.band}`;
    case 'colour':
      return `colour ${rule.colour.join(',')} within ${rule.tolerance}`;
  }
}

/** STAC wants an instant, or null with the interval in which it lies. */
function timeProperties(time: string | null, source: SourceIdentity, now: Date) {
  if (time !== null) return { datetime: time };
  return { datetime: null, start_datetime: EARLIEST, end_datetime: source.modified ?? now.toISOString() };
}

function placeProperties(raster: OpenRaster, place: Georeference) {
  const { code, wkt2 } = describeCrs(place.srs);
  const [a0, a1, a2, a3, a4, a5] = place.transform;
  return {
    'proj:code': code,
    'proj:wkt2': wkt2,
    'proj:shape': [raster.height, raster.width],
    'proj:transform': [a1, a2, a0, a4, a5, a3],
  };
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  GTiff: 'image/tiff; application=geotiff',
  JP2OpenJPEG: 'image/jp2',
  PNG: 'image/png',
  JPEG: 'image/jpeg',
  NITF: 'application/vnd.nitf',
  VRT: 'application/x-vrt',
};

function imageAsset(
  raster: OpenRaster,
  found: { statistics: readonly BandStatistics[]; mask: ValidMask; given: readonly string[] | null },
): SceneItem['assets']['image'] {
  const { href } = raster;
  const validPercent = (100 * found.mask.validCount) / found.mask.valid.length;
  const bands = nameBands(raster, found.given).map((named, i): SceneBand => {
    const statistics = found.statistics[i];
    const type = raster.types[i];
    const band = raster.bands[i];
    if (statistics === undefined || type === undefined || band === undefined)
      throw new RangeError(`no band ${i + 1}`);
    const nodata = noDataOf(band);
    return {
      index: i + 1,
      name: named.name,
      ...(named.description === null ? {} : { description: named.description }),
      data_type: type.sample,
      ...(nodata === null ? {} : { nodata }),
      ...(named.commonName === null || named.commonName === 'alpha'
        ? {}
        : { 'eo:common_name': named.commonName }),
      ...(named.wavelength === null ? {} : { 'eo:center_wavelength': named.wavelength }),
      statistics: { ...statistics.summary, valid_percent: validPercent },
      'raster:histogram': statistics.histogram,
    };
  });
  const media = MEDIA_TYPES[raster.dataset.driver.description];
  return {
    href: isRemote(href) || isVirtual(href) ? href : gdalPath(href),
    ...(media === undefined ? {} : { type: media }),
    roles: ['data'],
    bands,
  };
}
