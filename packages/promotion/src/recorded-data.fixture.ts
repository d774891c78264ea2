import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

// The recorded tables lie beside the repository, where there are any; they are not part of it.
const DATA = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

/**
 * Why a test cannot run here, to be shown in its name; empty when it can. In CI a missing table is no reason, unless that CI is
 * known to be without (HOLDFAST_WITHOUT=recorded-data).
 */
export function lackingTables(...tables: readonly string[]): string {
  const mayBeMissing =
    process.env['CI'] !== 'true' || process.env['HOLDFAST_WITHOUT'] === 'recorded-data'
  if (!mayBeMissing) return ''
  const missing = tables.filter((table) => !existsSync(join(DATA, table)))
  return missing.length === 0 ? '' : ` (skipped: needs ../shared/data/${missing.join(', ')})`
}

/** The lines of a table, less the first, as fields. */
export function table(name: string): string[][] {
  const bytes = readFileSync(join(DATA, name))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
}
