/** Networks that may be named, the largest first: each takes a quarter of the arithmetic of the one before it, or less. */
export const NETWORKS = ['paper-unet', 'small-unet', 'small-unet-half', 'small-unet-quarter'] as const;
export type NetworkName = (typeof NETWORKS)[number];

export const MONO_NETWORK: NetworkName = 'small-unet';

/** The network of a student whose teacher is `own`: the next smaller one; of the smallest, the same. Pure. */
export function studentNetwork(own: string): NetworkName {
  const known = NETWORKS.findIndex((name) => name === own);
  const teacher = known < 0 ? NETWORKS.indexOf(MONO_NETWORK) : known;
  return NETWORKS[teacher + 1] ?? 'small-unet-quarter';
}
