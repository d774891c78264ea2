const LARGE = 1e7

/** Four digits that mean something, a point in every country; a dash for nothing. */
export function figure(value: number | null): string {
  if (value === null) return '–'
  if (Math.abs(value) >= LARGE) return value.toExponential(1).replace('+', '')
  return String(Number(value.toPrecision(4)))
}

/** A share for people: `9.5 %`. */
export function percent(value: number | null): string {
  return value === null ? '–' : `${Number((value * 100).toPrecision(3))} %`
}

/** `1 route`, `2 routes`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size for people. */
export function sizeText(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}
