import type { LedgerFigures } from '../evidence/ledger-evidence.ts'
import type { Cell } from '../terminal/table.ts'

/** What a ledger was like to read, in a line. */
export function ledgerText(figures: LedgerFigures | null): Cell {
  if (figures === null) return { text: 'not read', paint: 'notice' }
  const { lines, malformed, undated, duplicate, late, torn, missingSegments } = figures
  const unused = malformed + undated + duplicate + late + torn
  const lost = missingSegments.length
  const text = `${lines} lines, ${unused} not counted, ${lost} segments lost`
  return unused + lost === 0 ? text : { text, paint: 'notice' }
}
