import {
  cellSizeAt,
  matrixSize,
  MOST_ZOOM,
  scaleDenominatorAt,
  TILE_MATRIX_SETS,
  TILE_PIXELS,
  tileRange,
  type TileMatrixSet,
} from '../../geo/tile-matrix.ts';
import { OPENAPI_TYPE } from '../openapi.ts';
import { layerId } from '../tiles/layer-id.ts';
import type { ListedRaster } from '../tiles/raster-list.ts';
import { withQuery, type ServiceAddress } from './service-address.ts';

const JSON_TYPE = 'application/json';
const TILESETS_MAP = 'http://www.opengis.net/def/rel/ogc/1.0/tilesets-map';
const TILING_SCHEME = 'http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme';

/** What the service does, of OGC API Common and OGC API Tiles (20-057). */
export const CONFORMANCE = [
  'http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core',
  'http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page',
  'http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json',
  'http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections',
  'http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core',
  'http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset',
  'http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list',
  'http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets',
  'http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/png',
  'http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/jpeg',
  'http://www.opengis.net/spec/tms/2.0/conf/tilematrixset',
  'http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset',
];

const link = (address: ServiceAddress, rel: string, path: string, more: Record<string, unknown> = {}) => ({
  rel,
  type: JSON_TYPE,
  href: withQuery(address, path),
  ...more,
});

export const landingPage = (address: ServiceAddress) => ({
  title: 'RESFlow',
  description: 'Scenes and maps of a workspace as map tiles',
  links: [
    link(address, 'self', '/ogc'),
    link(address, 'service-desc', '/api/openapi.json', {
      type: OPENAPI_TYPE,
    }),
    link(address, 'conformance', '/ogc/conformance'),
    link(address, 'http://www.opengis.net/def/rel/ogc/1.0/conformance', '/ogc/conformance'),
    link(address, 'data', '/ogc/collections'),
    link(address, 'http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes', '/ogc/tileMatrixSets'),
  ],
});

export const matrixSetList = (address: ServiceAddress) => ({
  tileMatrixSets: TILE_MATRIX_SETS.map(({ id, uri, crsUri }) => ({
    id,
    title: id,
    uri,
    crs: crsUri,
    links: [link(address, 'self', `/ogc/tileMatrixSets/${id}`)],
  })),
});

/** A tile matrix set as OGC 17-083r4 writes it. */
export const matrixSetDocument = (set: TileMatrixSet) => ({
  id: set.id,
  title: set.id,
  uri: set.uri,
  crs: set.crsUri,
  orderedAxes: set.id === 'WorldCRS84Quad' ? ['Lon', 'Lat'] : ['E', 'N'],
  wellKnownScaleSet: set.wellKnownScaleSet,
  tileMatrices: Array.from({ length: MOST_ZOOM + 1 }, (_, z) => {
    const { columns, rows } = matrixSize(set, z);
    return {
      id: String(z),
      scaleDenominator: scaleDenominatorAt(set, z),
      cellSize: cellSizeAt(set, z),
      cornerOfOrigin: 'topLeft',
      pointOfOrigin: [...set.origin],
      tileWidth: TILE_PIXELS,
      tileHeight: TILE_PIXELS,
      matrixWidth: columns,
      matrixHeight: rows,
    };
  }),
});

export const collectionList = (rasters: readonly ListedRaster[], address: ServiceAddress) => ({
  links: [link(address, 'self', '/ogc/collections')],
  collections: rasters.map((raster) => collectionDocument(raster, address)),
});

export function collectionDocument(
  raster: Pick<ListedRaster, 'name' | 'title' | 'box'>,
  address: ServiceAddress,
) {
  const id = layerId(raster.name);
  return {
    id,
    title: raster.title,
    dataType: 'map',
    extent: { spatial: { bbox: [[...raster.box]], crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84' } },
    links: [
      link(address, 'self', `/ogc/collections/${id}`),
      link(address, TILESETS_MAP, `/ogc/collections/${id}/map/tiles`, { title: 'Map tiles' }),
    ],
  };
}

type Tiled = Pick<ListedRaster, 'name' | 'title' | 'box' | 'maxZoom'>;

export const tilesetList = (raster: Tiled, address: ServiceAddress) => ({
  links: [link(address, 'self', `/ogc/collections/${layerId(raster.name)}/map/tiles`)],
  tilesets: TILE_MATRIX_SETS.map((set) => {
    const {
      tileMatrixSetLimits: _limits,
      boundingBox: _box,
      ...head
    } = tilesetDocument(raster, set, address);
    return head;
  }),
});

/** A set of tiles of one raster, with its limits and the addresses of its tiles. */
export function tilesetDocument(raster: Tiled, set: TileMatrixSet, address: ServiceAddress) {
  const path = `/ogc/collections/${layerId(raster.name)}/map/tiles/${set.id}`;
  const [west = 0, south = 0, east = 0, north = 0] = raster.box;
  return {
    title: raster.title,
    dataType: 'map',
    crs: set.crsUri,
    tileMatrixSetURI: set.uri,
    boundingBox: {
      lowerLeft: [west, south],
      upperRight: [east, north],
      crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
    },
    tileMatrixSetLimits: Array.from({ length: raster.maxZoom + 1 }, (_, z) => {
      const { minColumn, maxColumn, minRow, maxRow } = tileRange(set, z, raster.box);
      return {
        tileMatrix: String(z),
        minTileRow: minRow,
        maxTileRow: maxRow,
        minTileCol: minColumn,
        maxTileCol: maxColumn,
      };
    }),
    links: [
      link(address, 'self', path),
      link(address, TILING_SCHEME, `/ogc/tileMatrixSets/${set.id}`),
      ...(['png', 'webp', 'jpeg'] as const).map((format) => ({
        rel: 'item',
        type: `image/${format}`,
        templated: true,
        href: withQuery(address, `${path}/{tileMatrix}/{tileRow}/{tileCol}`, `f=${format}`),
      })),
    ],
  };
}
