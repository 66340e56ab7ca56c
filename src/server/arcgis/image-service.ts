import { cellSizeAt, MOST_ZOOM, project, TILE_PIXELS, WEB_MERCATOR_QUAD } from '../../geo/tile-matrix.ts';
import type { RasterName, ServedRaster } from '../tiles/served-raster.ts';
import { layerId } from '../tiles/layer-id.ts';
import { MOST_PIXELS } from './picture-request.ts';

/** The version of ArcGIS Server whose documents these are like. */
export const ARCGIS_VERSION = 10.91;

export const SPATIAL_REFERENCE = { wkid: 102100, latestWkid: 3857 };

/** ArcGIS counts 96 pixels to the inch, and 39.37 inches to the metre. */
const PIXELS_A_METRE = 96 * 39.37;

/** The description of an image service: what it shows, where, and its scheme of tiles. */
export function imageService(name: RasterName, raster: ServedRaster) {
  const [west = 0, south = 0, east = 0, north = 0] = raster.box;
  const [xmin, ymin] = project(WEB_MERCATOR_QUAD, west, south);
  const [xmax, ymax] = project(WEB_MERCATOR_QUAD, east < west ? east + 360 : east, north);
  const extent = { xmin, ymin, xmax, ymax, spatialReference: SPATIAL_REFERENCE };
  const pixel = cellSizeAt(WEB_MERCATOR_QUAD, raster.maxZoom);
  const coloured = raster.subject.kind === 'imagery' ? raster.subject.bands.length : 3;
  return {
    currentVersion: ARCGIS_VERSION,
    serviceDescription: '',
    name: layerId(name),
    description: raster.title,
    copyrightText: '',
    extent,
    initialExtent: extent,
    fullExtent: extent,
    spatialReference: SPATIAL_REFERENCE,
    pixelSizeX: pixel,
    pixelSizeY: pixel,
    minPixelSize: 0,
    maxPixelSize: 0,
    bandCount: Math.min(3, coloured),
    pixelType: 'U8',
    serviceDataType: 'esriImageServiceDataTypeRGB',
    defaultResamplingMethod: raster.subject.kind === 'classes' ? 'Nearest' : 'Bilinear',
    maxImageHeight: MOST_PIXELS,
    maxImageWidth: MOST_PIXELS,
    allowRasterFunction: false,
    hasHistograms: false,
    hasColormap: false,
    hasRasterAttributeTable: false,
    supportedImageFormatTypes: 'PNG,PNG32,JPG,JPGPNG',
    capabilities: 'Image',
    singleFusedMapCache: true,
    minScale: arcgisScale(raster.minZoom),
    maxScale: 0,
    tileInfo: {
      rows: TILE_PIXELS,
      cols: TILE_PIXELS,
      dpi: 96,
      format: 'PNG32',
      compressionQuality: 0,
      origin: { x: WEB_MERCATOR_QUAD.origin[0], y: WEB_MERCATOR_QUAD.origin[1] },
      spatialReference: SPATIAL_REFERENCE,
      lods: Array.from({ length: MOST_ZOOM + 1 }, (_, level) => ({
        level,
        resolution: cellSizeAt(WEB_MERCATOR_QUAD, level),
        scale: arcgisScale(level),
      })),
    },
  };
}

const arcgisScale = (level: number): number => cellSizeAt(WEB_MERCATOR_QUAD, level) * PIXELS_A_METRE;
