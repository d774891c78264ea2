const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export const GIB: number = 2 ** 30
export const MIB: number = 2 ** 20

/** `1.5 GiB`, for people. */
export function bytesText(bytes: number): string {
  const at = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  const amount = bytes / 2 ** (10 * at)
  return `${at === 0 ? amount : amount.toFixed(1)} ${UNITS[at]}`
}
