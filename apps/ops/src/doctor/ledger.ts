import { existsSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { verifyLedger } from '@holdfast/ledger'
import type { Context } from '../command.ts'
import { durationText } from '../duration.ts'
import { counted } from '../figure.ts'
import { startCommand } from '../router/start.ts'
import { routerAt } from '../state/alone.ts'
import { broken, ok, warning, type Said } from './finding.ts'

/** A router that is asked anything writes a line; quiet for so long, it may be that it cannot, in ms. */
const QUIET_MS = 15 * 60_000

/** Whether every line is there as it was written, and whether lines still come. */
export async function lookAtLedger(context: Context): Promise<readonly Said[]> {
  const { dataDir, clock } = context
  const directory = join(dataDir, 'ledger')
  if (!existsSync(directory)) {
    const seen = `there is no ledger ${directory}: gates have nothing to go by`
    return [warning(seen, startCommand(context))]
  }
  const { isSound, lines, segments, problems } = await verifyLedger(directory)
  const [first] = problems
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : ''
  const said: Said[] = [
    isSound || first === undefined
      ? ok(
          `${counted(lines, 'line')} in ${counted(segments.length, 'segment')}, every one as it was written`,
        )
      : broken(
          `${first.segment}, line ${first.line}: ${first.kind}${more}`,
          'holdfast ledger verify',
        ),
  ]
  const writtenAtMs = await lastWritten(directory)
  if (writtenAtMs === null) return [...said, warning('the ledger has no line yet', null)]
  const ageMs = clock.wallMs() - writtenAtMs
  const seen = `the last line came ${durationText(ageMs)} ago`
  const isQuiet = ageMs > QUIET_MS && (await routerAt(context)) !== null
  return [...said, isQuiet ? warning(`${seen}, and a router runs`, 'holdfast health') : ok(seen)]
}

async function lastWritten(directory: string): Promise<number | null> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.ndjson'))
  // One that is gone by now was sealed or archived.
  const times = names.map(
    (name) => statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  )
  return times.length === 0 ? null : Math.max(...times)
}
