import type { EvidenceRow } from './row.ts'

/** The columns of the table of decisions. */
export const CSV_HEADER = 'id,t,live_route,shadow_argmax,rollback\n'

/** One decision as a line of that table: empty where nothing is known, quoted where it must be (RFC 4180). */
export function csvLine({ id, tMs, live, shadow, deployment }: EvidenceRow): string {
  const rollback = deployment?.rollback
  const fields = [
    id,
    new Date(tMs).toISOString(),
    live?.route ?? '',
    shadow?.argmax ?? '',
    typeof rollback === 'boolean' ? String(Number(rollback)) : '',
  ]
  return `${fields.map(quoted).join(',')}\n`
}

function quoted(field: string): string {
  // A spreadsheet would take a leading one of these for a formula.
  const text = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
