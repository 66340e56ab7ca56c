/**
 * The `geo` metadata of a GeoParquet 1.1 file with one column `geometry` of WKB, and a struct column `bbox` of xmin, ymin,
 * xmax, ymax. `types` are those of its geometries; `bbox` of all of them, null where there is no simple one; `more` what
 * else is said of the column.
 */
export const geoParquetMetadata = (
  types: readonly string[],
  bbox: readonly number[] | null,
  more: Readonly<Record<string, unknown>> = {},
) => ({
  version: '1.1.0',
  primary_column: 'geometry',
  columns: {
    geometry: {
      encoding: 'WKB',
      geometry_types: types,
      ...more,
      ...(bbox === null ? {} : { bbox }),
      covering: {
        bbox: {
          xmin: ['bbox', 'xmin'],
          ymin: ['bbox', 'ymin'],
          xmax: ['bbox', 'xmax'],
          ymax: ['bbox', 'ymax'],
        },
      },
    },
  },
});
