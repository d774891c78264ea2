import { shown, SnapshotError } from './errors.ts'
import { LARGEST_SUM } from './input.ts'

/** Readers of what came from a file: each gives the value, or throws a SnapshotError naming the field. */
export type Fields = Readonly<Record<string, unknown>>

export function recordAt(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new SnapshotError(field, 'an object', value)
}

export function numberAt(value: unknown, field: string): number {
  if (typeof value === 'number' && Math.abs(value) <= LARGEST_SUM) return value
  throw new SnapshotError(field, `a number of size at most ${LARGEST_SUM}`, value)
}

export function countAt(value: unknown, field: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw new SnapshotError(field, 'a whole number ≥ 0', value)
}

export function weightAt(value: unknown, field: string): number {
  if (numberAt(value, field) >= 0) return value as number
  throw new SnapshotError(field, 'a number ≥ 0', value)
}

export function dimAt(value: unknown, field: string): number {
  if (countAt(value, field) >= 1 && (value as number) <= 4096) return value as number
  throw new SnapshotError(field, 'from 1 to 4096', value)
}

export function numbersAt(value: unknown, length: number, field: string): Float64Array {
  if (!Array.isArray(value) || value.length !== length) {
    throw new SnapshotError(field, `an array of ${length} numbers`, value)
  }
  return Float64Array.from(value, (entry, i) => numberAt(entry, `${field}[${i}]`))
}

export function idAt(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '' && value !== '__proto__') return value
  throw new SnapshotError(field, 'an arm with a non-empty id other than __proto__', value)
}

export function idsAt(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value)) throw new SnapshotError(field, 'an array of ids', value)
  return value.map((id: unknown, i) => {
    if (value.indexOf(id) === i) return idAt(id, `${field}[${i}]`)
    throw new SnapshotError(`${field}[${i}]`, 'there once', shown(id))
  })
}

export function checkDiagonal(a: Float64Array, dim: number, field: string): void {
  for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) {
    if (a[at]! < 0) throw new SnapshotError(`${field}, diagonal ${i}`, 'a sum of squares', a[at])
  }
}

/** Ids that no arm has. */
export function retiredAt(value: unknown, arms: ReadonlyMap<string, unknown>): readonly string[] {
  const retired = idsAt(value, 'retired')
  const back = retired.findIndex((id) => arms.has(id))
  if (back !== -1) throw new SnapshotError(`retired[${back}]`, 'no arm of `arms`', retired[back])
  return retired
}

export function lastUpdateAt(file: Fields): number | null {
  const last = file['lastUpdateAtMs']
  return last === null ? null : numberAt(last, 'lastUpdateAtMs')
}
