import type { Dataset } from '../raster/gdal.ts';

type Metadata = Readonly<Record<string, string>>;

const read = (dataset: Dataset, domain?: string): Metadata =>
  (dataset.getMetadata(domain) as Metadata | null) ?? {};

/**
 * When a scene was taken, as far as the file tells: NITF's image date, EXIF's original date, an `acquisitionDate` in
 * the image description or other metadata, TIFF's DateTime. ISO 8601 in UTC (times without a zone are taken as UTC), or null.
 */
export function acquisitionTime(dataset: Dataset): string | null {
  const own = read(dataset);
  const imagery = read(dataset, 'IMAGERY');
  const candidates = [
    nitfDate(own['NITF_IDATIM']),
    isoDate(imagery['ACQUISITIONDATETIME']),
    isoDate(own['ACQUISITIONDATETIME'] ?? own['ACQUISITION_DATE'] ?? own['acquisitionDate']),
    describedDate(own['TIFFTAG_IMAGEDESCRIPTION']),
    tiffDate(own['EXIF_DateTimeOriginal'] ?? read(dataset, 'EXIF')['EXIF_DateTimeOriginal']),
    tiffDate(own['TIFFTAG_DATETIME']),
    tiffDate(own['EXIF_DateTime']),
  ];
  return candidates.find((time) => time !== null) ?? null;
}

/** NITF 2.1: CCYYMMDDhhmmss in UTC, unknown parts as hyphens; NITF 2.0: DDHHMMSSZMONYY, its years 1970 to 2069. */
export function nitfDate(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  const modern = /^(\d{4})(\d{2})(\d{2})(\d{2}|--)(\d{2}|--)(\d{2}|--)$/.exec(trimmed);
  if (modern !== null) return utc(modern.slice(1).map((part) => Number(part.replace('--', '00'))));
  const old = /^(\d{2})(\d{2})(\d{2})(\d{2})Z([A-Z]{3})(\d{2})$/.exec(trimmed.toUpperCase());
  const month = MONTHS.indexOf(old?.[5] ?? '') + 1;
  if (old === null || month === 0) return null;
  const [day, hour, minute, second, year] = [1, 2, 3, 4, 6].map((i) => Number(old[i]));
  const century = (year ?? 0) < 70 ? 2000 : 1900;
  return utc([century + (year ?? 0), month, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0]);
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** TIFF and EXIF: `YYYY:MM:DD HH:MM:SS`. */
export function tiffDate(text: string | undefined): string | null {
  const found = /^(\d{4})[:/-](\d{2})[:/-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})/.exec(text?.trim() ?? '');
  return found === null ? null : utc(found.slice(1, 7).map(Number));
}

/** A JSON image description with `acquisitionDate` (or `acquisition_date`, `datetime`), or text with one. */
export function describedDate(text: string | undefined): string | null {
  const found = /"?(?:acquisition_?date(?:time)?|datetime)"?\s*[:=]\s*"?([0-9T:.+Z-]{10,40})/i.exec(
    text ?? '',
  );
  return isoDate(found?.[1]);
}

/** ISO 8601, a date alone being midnight UTC. */
export function isoDate(text: string | undefined): string | null {
  const found =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
      text?.trim() ?? '',
    );
  if (found === null) return null;
  const local = utc(found.slice(1, 7).map((part) => Number(part ?? 0)));
  const zone = found[7];
  if (local === null || zone === undefined || zone === 'Z') return local;
  const sign = zone.startsWith('-') ? 1 : -1;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return new Date(Date.parse(local) + sign * minutes * 60_000).toISOString();
}

/** Year, month, day, hour, minute, second; null where they name no instant, or one before there were aerial images. */
function utc(parts: readonly number[]): string | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const real =
    time.getUTCFullYear() === year && time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
  return real && year >= 1858 ? time.toISOString() : null;
}
