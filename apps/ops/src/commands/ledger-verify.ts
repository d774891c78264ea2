import { verifyLedger, type ChainProblem, type SegmentReport } from '@holdfast/ledger'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { ledgerIn } from '../ledger/place.ts'
import { segmentFiles } from '../ledger/segments.ts'
import { ledgerVerdictLines } from '../show/ledger.ts'

/** What the whole ledger is worth as a record: every segment was read, packed ones too. */
export interface LedgerVerified {
  readonly isSound: boolean
  readonly lines: number
  readonly segments: number
  /** Segments by how they are; `behind` and `torn` are what writers and crashes leave, and sound. */
  readonly states: Readonly<Record<SegmentReport['state'], number>>
  readonly problems: readonly (ChainProblem & {
    /** Null: there is no file. */
    readonly file: string | null
  })[]
}

export const command: Command<LedgerVerified> = {
  async run(context) {
    const directory = ledgerIn(context)
    context.progress('reading every line')
    const { isSound, lines, segments, problems } = await verifyLedger(directory)
    const files = new Map(
      (await segmentFiles(directory)).map(({ segment, path }) => [segment, path] as const),
    )
    const states = { whole: 0, behind: 0, torn: 0, tampered: 0 }
    for (const { state } of segments) states[state] += 1
    return {
      code: isSound ? EXIT.ok : EXIT.integrity,
      data: {
        isSound,
        lines,
        segments: segments.length,
        states,
        problems: problems.map((one) => ({ ...one, file: files.get(one.segment) ?? null })),
      },
    }
  },
  show: ledgerVerdictLines,
}
