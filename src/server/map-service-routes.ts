import { arcgisRoutes } from './arcgis/arcgis-routes.ts';
import { fileRoutes } from './files/file-routes.ts';
import { vectorRoutes } from './files/vector-routes.ts';
import type { LivePredictions } from './live/live-predictions.ts';
import { liveTileRoutes } from './live/live-tile-routes.ts';
import { ogcRoutes } from './ogc/ogc-routes.ts';
import { wmtsRoutes } from './ogc/wmts-routes.ts';
import type { AnyRoute } from './route.ts';
import type { ServerContext } from './server-context.ts';
import { stacRoutes } from './stac/stac-routes.ts';
import { PictureService } from './tiles/picture-service.ts';
import { tileRoutes } from './tiles/tile-routes.ts';

/** What GIS programs and web maps read: pictures, files and descriptions of scenes and maps. */
export function mapServiceRoutes(context: ServerContext, predictions: LivePredictions): AnyRoute[] {
  const pictures = new PictureService(context);
  return [
    ...tileRoutes(pictures),
    ...liveTileRoutes(predictions, pictures, context),
    ...wmtsRoutes(pictures),
    ...ogcRoutes(pictures),
    ...arcgisRoutes(pictures),
    ...fileRoutes(pictures),
    ...vectorRoutes(),
    ...stacRoutes(pictures),
  ];
}
