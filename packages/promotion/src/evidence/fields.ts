/** An object as JSON has them, by the names of its fields. */
export type Fields = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The number that a record has under a name. Names come from files: under `constructor` a plain look-up finds a function. */
export function numberIn(
  record: Readonly<Record<string, unknown>>,
  name: string,
): number | undefined {
  const value = record[name]
  return typeof value === 'number' ? value : undefined
}
