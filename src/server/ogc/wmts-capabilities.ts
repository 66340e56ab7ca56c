import {
  matrixSize,
  MOST_ZOOM,
  scaleDenominatorAt,
  TILE_MATRIX_SETS,
  TILE_PIXELS,
  tileRange,
  type TileMatrixSet,
} from '../../geo/tile-matrix.ts';
import { escapeXml } from '../../raster/gdal-metadata.ts';
import { layerId } from '../tiles/layer-id.ts';
import type { ListedRaster } from '../tiles/raster-list.ts';
import type { ServiceAddress } from './service-address.ts';

export const WMTS_FORMATS = ['image/png', 'image/webp', 'image/jpeg'] as const;

/** The capabilities document of a WMTS 1.0.0 (OGC 07-057r7) with KVP and RESTful addresses. */
export function wmtsCapabilities(rasters: readonly ListedRaster[], address: ServiceAddress): string {
  const { origin, query } = address;
  const kvp = escapeXml(`${origin}/wmts?${query === '' ? '' : `${query}&`}`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.opengis.net/wmts/1.0 http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd" version="1.0.0">
  <ows:ServiceIdentification>
    <ows:Title>RESFlow</ows:Title>
    <ows:Abstract>Scenes and maps of a workspace</ows:Abstract>
    <ows:ServiceType>OGC WMTS</ows:ServiceType>
    <ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion>
  </ows:ServiceIdentification>
  <ows:OperationsMetadata>
${['GetCapabilities', 'GetTile'].map((operation) => operationXml(operation, kvp)).join('\n')}
  </ows:OperationsMetadata>
  <Contents>
${rasters.map((raster) => layerXml(raster, address)).join('\n')}
${TILE_MATRIX_SETS.map(matrixSetXml).join('\n')}
  </Contents>
  <ServiceMetadataURL xlink:href="${escapeXml(`${origin}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities`)}"/>
</Capabilities>
`;
}

const operationXml = (name: string, href: string): string => `    <ows:Operation name="${name}">
      <ows:DCP><ows:HTTP><ows:Get xlink:href="${href}">
        <ows:Constraint name="GetEncoding"><ows:AllowedValues><ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint>
      </ows:Get></ows:HTTP></ows:DCP>
    </ows:Operation>`;

/** Elements in the order of the schema: those of OWS, then styles, formats, sets, addresses. */
function layerXml(raster: ListedRaster, { origin, query }: ServiceAddress): string {
  const id = layerId(raster.name);
  const [west = 0, south = 0, east = 0, north = 0] = raster.box;
  const [left, right] = east < west ? [-180, 180] : [west, east];
  const template = (extension: string) =>
    escapeXml(
      `${origin}/wmts/1.0.0/${id}/default/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.${extension}${query === '' ? '' : `?${query}`}`,
    );
  return `    <Layer>
      <ows:Title>${escapeXml(raster.title)}</ows:Title>
      <ows:WGS84BoundingBox>
        <ows:LowerCorner>${left} ${south}</ows:LowerCorner>
        <ows:UpperCorner>${right} ${north}</ows:UpperCorner>
      </ows:WGS84BoundingBox>
      <ows:Identifier>${id}</ows:Identifier>
      <Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>
${WMTS_FORMATS.map((format) => `      <Format>${format}</Format>`).join('\n')}
${TILE_MATRIX_SETS.map((set) => linkXml(set, raster)).join('\n')}
${WMTS_FORMATS.map(
  (format, i) =>
    `      <ResourceURL format="${format}" resourceType="tile" template="${template(['png', 'webp', 'jpg'][i] ?? 'png')}"/>`,
).join('\n')}
    </Layer>`;
}

/**
 * A set with the tiles of a layer in it, up to the level that shows all there is. The schema of WMTS 1.0 has no limit of 0
 * (1.0.1 does): levels that have one are left out, which says that all of them may be asked for.
 */
function linkXml(set: TileMatrixSet, raster: ListedRaster): string {
  const levels = Array.from({ length: Math.min(MOST_ZOOM, raster.maxZoom) + 1 }, (_, z) => z);
  const limits = levels
    .map((z) => ({ z, ...tileRange(set, z, raster.box) }))
    .filter(({ minColumn, minRow }) => minColumn > 0 && minRow > 0)
    .map(
      ({ z, minColumn, maxColumn, minRow, maxRow }) =>
        `          <TileMatrixLimits><TileMatrix>${z}</TileMatrix><MinTileRow>${minRow}</MinTileRow><MaxTileRow>${maxRow}</MaxTileRow><MinTileCol>${minColumn}</MinTileCol><MaxTileCol>${maxColumn}</MaxTileCol></TileMatrixLimits>\n`,
    );
  const setLimits =
    limits.length === 0
      ? ''
      : `        <TileMatrixSetLimits>\n${limits.join('')}        </TileMatrixSetLimits>\n`;
  return `      <TileMatrixSetLink>
        <TileMatrixSet>${set.id}</TileMatrixSet>
${setLimits}      </TileMatrixSetLink>`;
}

function matrixSetXml(set: TileMatrixSet): string {
  const matrices = Array.from({ length: MOST_ZOOM + 1 }, (_, z) => {
    const { columns, rows } = matrixSize(set, z);
    return `      <TileMatrix>
        <ows:Identifier>${z}</ows:Identifier>
        <ScaleDenominator>${scaleDenominatorAt(set, z)}</ScaleDenominator>
        <TopLeftCorner>${set.origin.join(' ')}</TopLeftCorner>
        <TileWidth>${TILE_PIXELS}</TileWidth>
        <TileHeight>${TILE_PIXELS}</TileHeight>
        <MatrixWidth>${columns}</MatrixWidth>
        <MatrixHeight>${rows}</MatrixHeight>
      </TileMatrix>`;
  });
  return `    <TileMatrixSet>
      <ows:Identifier>${set.id}</ows:Identifier>
      <ows:SupportedCRS>${set.crsUrn}</ows:SupportedCRS>
      <WellKnownScaleSet>${set.wellKnownScaleSet}</WellKnownScaleSet>
${matrices.join('\n')}
    </TileMatrixSet>`;
}
