import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const REMOTE = /^(https?:\/\/|s3:\/\/)/i;

/** True for addresses read over a network. */
export const isRemote = (href: string): boolean => REMOTE.test(href) || /^\/vsi(curl|s3)\//.test(href);

/** True for addresses GDAL resolves itself (`/vsizip/...`, `NETCDF:file:variable`): they are no plain files. */
export const isVirtual = (href: string): boolean => href.startsWith('/vsi') || /^[A-Z0-9_]{3,}:/.test(href);

/** The path GDAL opens: http(s) through /vsicurl/, s3 through /vsis3/, file URLs and relative paths as absolute paths. */
export function gdalPath(href: string): string {
  if (/^https?:\/\//i.test(href)) return `/vsicurl/${href}`;
  if (/^s3:\/\//i.test(href)) return `/vsis3/${href.slice('s3://'.length)}`;
  if (/^file:\/\//i.test(href)) return fileURLToPath(href);
  return isVirtual(href) ? href : resolve(href);
}
