export type MakeRecord = (values: Float64Array) => Record<string, number>

/**
 * Makes plain objects with `ids` as keys.
 *
 * A store under a key that varies costs some 14 ns, and a decision at four arms makes twelve of them:
 * as much as the whole scoring. Written out, each place sees one key only and the engine compiles it
 * like a fixed field. So the common small numbers of arms are written out.
 */
export function recordMaker(names: readonly string[]): MakeRecord {
  const ids = names.map(asKey)
  const [a, b, c, d] = ids as [string, string, string, string]
  if (ids.length === 2) return (v) => ({ [a]: v[0]!, [b]: v[1]! })
  if (ids.length === 3) return (v) => ({ [a]: v[0]!, [b]: v[1]!, [c]: v[2]! })
  if (ids.length === 4) return (v) => ({ [a]: v[0]!, [b]: v[1]!, [c]: v[2]!, [d]: v[3]! })
  const blank = Object.fromEntries(ids.map((id) => [id, 0]))
  return (values) => {
    // A copy keeps the shape of the original; an empty object would change its own at every key.
    const record = { ...blank }
    for (let i = 0; i < ids.length; i += 1) record[ids[i]!] = values[i]!
    return record
  }
}

/**
 * The same string as the engine keeps it for keys. One that was put together at run time, or read from
 * a file, is looked up in a table at every use as a key, which makes a decision four times as slow.
 */
function asKey(id: string): string {
  return Object.keys({ [id]: 0 })[0] ?? id
}
