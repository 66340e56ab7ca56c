/** One entry of the GDAL_METADATA tag: of the file, or of a band (counted from 0) where `band` is given. */
export interface GdalMetadataItem {
  readonly name: string;
  readonly value: string;
  readonly band?: number;
  /** Entries with a meaning to GDAL: the band's description, scale, offset or unit. */
  readonly role?: 'description' | 'scale' | 'offset' | 'unittype';
}

/** The XML of TIFF tag 42112, in the order given. Values are escaped twice, since that is how GDAL writes and reads them. */
export function gdalMetadataXml(items: readonly GdalMetadataItem[]): string {
  const lines = items.map(({ name, value, band, role }) => {
    const attributes = [`name="${escapeXml(name)}"`];
    if (band !== undefined) attributes.push(`sample="${band}"`);
    if (role !== undefined) attributes.push(`role="${role}"`);
    return `  <Item ${attributes.join(' ')}>${escapeXml(escapeXml(value))}</Item>\n`;
  });
  return `<GDALMetadata>\n${lines.join('')}</GDALMetadata>\n`;
}

/** Text for XML content and attributes; characters that XML 1.0 cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
