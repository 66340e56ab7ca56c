type Environment = Readonly<Record<string, string | undefined>>;

/**
 * GDAL's names for an S3 service that is not Amazon's. Its clients agree on AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_S3),
 * which GDAL does not know. Empty where neither is set, or the user speaks to GDAL directly by AWS_S3_ENDPOINT.
 */
export function gdalStorageSettings(env: Environment): Record<string, string> {
  const text = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  if (text === undefined || env['AWS_S3_ENDPOINT'] !== undefined || !URL.canParse(text)) return {};
  const { protocol, host } = new URL(text);
  return {
    AWS_S3_ENDPOINT: host,
    AWS_HTTPS: protocol === 'http:' ? 'NO' : 'YES',
    // Only Amazon answers at BUCKET.host for certain.
    AWS_VIRTUAL_HOSTING: env['AWS_VIRTUAL_HOSTING'] ?? 'FALSE',
  };
}
