import { stat } from 'node:fs/promises'
import { readLedger, readSeedLedger, type LedgerReading } from '@holdfast/ledger'
import {
  EVIDENCE_FIELDS,
  evidenceOf,
  type EvidenceOptions,
  type EvidenceRow,
  type Window,
} from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { durationText } from '../duration.ts'
import { OpsError } from '../errors.ts'
import { explained } from '../rights.ts'
import { startCommand } from '../router/start.ts'

/** What a ledger was like to read. A report is worth no more than this. */
export interface LedgerFigures {
  /** Absolute. */
  readonly path: string
  readonly kind: 'ledger' | 'file'
  readonly lines: number
  /** Decisions, and those of which nothing came. */
  readonly decisions: number
  readonly missing: number
  /** Lines that were not used, by what is wrong with them. */
  readonly malformed: number
  readonly undated: number
  readonly duplicate: number
  readonly late: number
  readonly torn: number
  /** Segments that a head tells of and that are not there. */
  readonly missingSegments: readonly string[]
}

/** The decisions of a ledger as evidence, and what the last reading was like. */
export interface LedgerEvidence {
  /**
   * @throws {OpsError} before the first row: `OPS_NO_EVIDENCE` when the ledger cannot be read, `OPS_INTEGRITY` when it is not as it was written.
   */
  readonly rows: (window: Window) => AsyncGenerator<EvidenceRow>
  /** Null before the first reading has come to its end. */
  readonly figures: () => LedgerFigures | null
}

/** How many decisions go by between two words of progress. */
const PROGRESS_ROWS = 20_000

/** @param path a directory of segments, or one file of lines. */
export function ledgerEvidence(
  path: string,
  options: EvidenceOptions,
  context: Context,
): LedgerEvidence {
  const { signal, progress, clock, random, observe } = context
  let figures: LedgerFigures | null = null
  async function* rows({ fromMs, toMs }: Window): AsyncGenerator<EvidenceRow> {
    const isFile = (await stat(path)).isFile()
    const read = isFile ? readSeedLedger : readLedger
    const about = { fields: EVIDENCE_FIELDS, isVerified: true, clock, random, observe }
    const reading = read(path, { fromMs, toMs, ...about })
    progress(`reading ${durationText(toMs - fromMs)} of ${path}`)
    let seen = 0
    for await (const batch of reading.batches()) {
      signal.throwIfAborted()
      const before = Math.floor(seen / PROGRESS_ROWS)
      seen += batch.length
      if (Math.floor(seen / PROGRESS_ROWS) > before) progress(`read ${seen} decisions of ${path}`)
      for (const row of batch) {
        const found = evidenceOf(row, options)
        if (found !== null) yield found
      }
    }
    figures = figuresOf(path, isFile ? 'file' : 'ledger', reading)
  }
  return {
    async *rows(window) {
      try {
        yield* rows(window)
      } catch (error) {
        signal.throwIfAborted()
        throw noEvidence(path, error, context)
      }
    },
    figures: () => figures,
  }
}

function figuresOf(
  path: string,
  kind: LedgerFigures['kind'],
  { stats }: LedgerReading,
): LedgerFigures {
  const { lines, rows, missing, malformed, undated, duplicate, late, torn, missingSegments } = stats
  const unused = { malformed, undated, duplicate, late, torn }
  return { path, kind, lines, decisions: rows, missing, ...unused, missingSegments }
}

/** What packages and the system throw, as far as it matters. */
interface Thrown {
  readonly code?: string
  readonly message?: string
  readonly cause?: { readonly syscall?: string }
}

function noEvidence(path: string, error: unknown, context: Context): unknown {
  const { code = '', message = '', cause } = (error ?? {}) as Thrown
  // The system gave the bytes, and they are not what was packed.
  const isBroken = code === 'LEDGER_READ' && cause?.syscall === undefined
  if (code === 'LEDGER_TAMPERED' || isBroken) {
    const next = ['holdfast ledger verify', 'holdfast freeze --reason <text>']
    return new OpsError('OPS_INTEGRITY', `${message}; nothing in it is evidence`, {
      next,
      cause: error,
    })
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new OpsError('OPS_NO_EVIDENCE', `there is no ledger ${path}, so no evidence`, {
      next: [
        startCommand(context),
        'the same with --data-dir <dir>',
        'holdfast report daily --ledger <file>',
      ],
      cause: error,
    })
  }
  if (code === '') return error
  const told = explained(error)
  if (told instanceof OpsError) {
    return new OpsError('OPS_NO_EVIDENCE', `there is no evidence: ${told.message}`, {
      next: told.next,
      cause: error,
    })
  }
  const why = message.startsWith(path) ? message : `${path}: ${message}`
  return new OpsError(
    'OPS_NO_EVIDENCE',
    `the ledger cannot be read, so there is no evidence: ${why}`,
    {
      next: ['holdfast ledger verify', 'holdfast doctor'],
      cause: error,
    },
  )
}

/** What must be said of a ledger that is not as it was written; nothing of a sound one. */
export function ledgerWarnings(figures: LedgerFigures | null): string[] {
  if (figures === null) return []
  const { path, missingSegments } = figures
  const told = KINDS.flatMap(([kind, word]) => {
    const count = figures[kind]
    return count === 0 ? [] : [`${count} ${word}`]
  })
  const lines =
    told.length === 0 ? [] : [`${path} has lines that are not counted: ${told.join(', ')}`]
  const lost =
    missingSegments.length === 0
      ? []
      : [`${path} has lost ${missingSegments.length} segments: ${missingSegments.join(', ')}`]
  return [...lines, ...lost]
}

const KINDS = [
  ['malformed', 'malformed'],
  ['undated', 'undated'],
  ['duplicate', 'twice'],
  ['late', 'too late'],
  ['torn', 'torn'],
] as const satisfies readonly (readonly [keyof LedgerFigures, string])[]
