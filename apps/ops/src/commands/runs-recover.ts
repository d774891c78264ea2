import { constants, copyFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { recoverRunState, stageFiles, type RunStage } from '@holdfast/run-state'
import type { Command, Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { counted } from '../figure.ts'
import { readListing } from '../runs/listing.ts'
import { inScratch } from '../scratch-directory.ts'
import { recoveredLines } from '../show/runs.ts'
import { stampOf } from '../stamp.ts'

/** What the listings say; after a dry run it is what the state would be. */
export interface Recovered {
  readonly stage: RunStage
  readonly contiguous: number
  readonly attempted: number
  readonly failures: readonly number[]
  readonly absent: number
  /** How many runs at the source come after the last that arrived: nobody has tried them, and they come next. */
  readonly newRuns: number
  /** Where what was there before is kept. */
  readonly kept: readonly string[]
  readonly isDone: boolean
}

interface Given {
  readonly stage: RunStage
  readonly source: string
  readonly destination: string
  readonly firstRun?: number
}

export const command: Command<Recovered, Given> = {
  async run(context, { stage, source, destination, firstRun }) {
    if (source === '-' && destination === '-') {
      throw new OpsError(
        'OPS_USAGE',
        'only one listing can come on standard input; name a file for the other',
      )
    }
    const { listings, seen } = await inScratch('recover', async (scratch) => {
      const listings = {
        source: await readListing('source', source, scratch, context),
        destination: await readListing('destination', destination, scratch, context),
        ...(firstRun === undefined ? {} : { firstRun }),
      }
      // The same function says beforehand what will come of it, on a state of no consequence.
      return { listings, seen: await recoverRunState(join(scratch, 'state.json'), listings) }
    })
    if (listings.destination.length === 0) {
      context.warn('the listing of the destination is empty: every run counts as never tried')
    }
    return { data: await carryOut(context, stage, listings, seen) }
  },
  show: recoveredLines,
}

type Listings = Pick<Parameters<typeof recoverRunState>[1], 'source' | 'destination' | 'firstRun'>
type Seen = Awaited<ReturnType<typeof recoverRunState>>

async function carryOut(
  { dataDir, clock, random, observe, signal, proceed }: Context,
  stage: RunStage,
  listings: Listings,
  { contiguous, attempted, failures, absent, newRuns }: Seen,
): Promise<Recovered> {
  const { state, failureLog } = stageFiles(dataDir, stage)
  const atMs = clock.wallMs()
  const there = [state, failureLog].filter((file) => existsSync(file))
  const found = { stage, contiguous, attempted, failures, absent, newRuns }
  const isAgreed = await proceed({
    steps: [
      ...there.map((file) => `keep ${basename(file)} as ${basename(freeName(file, atMs))}`),
      `write ${basename(state)}: without a gap up to ${contiguous}, tried up to ${attempted}`,
      `write ${basename(failureLog)}: ${counted(failures.length, 'run')} to be tried again`,
      ...(newRuns === 0
        ? []
        : [
            `leave what the source has after ${attempted} as new, to be done next: ${counted(newRuns, 'run')}`,
          ]),
    ],
    ask: 'yes',
  })
  if (!isAgreed) return { ...found, kept: [], isDone: false }
  const copies: string[] = []
  for (const file of there) copies.push(await keepCopy(file, atMs))
  const written = await recoverRunState(state, {
    ...listings,
    failureLog,
    clock,
    random,
    observe,
    signal,
  })
  const kept = [...copies, ...(written.keptAt === null ? [] : [written.keptAt])]
  return { ...found, kept, isDone: true }
}

const copyName = (file: string, atMs: number, count: number): string =>
  `${file}.${stampOf(atMs)}${count === 1 ? '' : `_${count}`}.bak`

/** The first name for a copy that nothing has yet. */
function freeName(file: string, atMs: number): string {
  let count = 1
  while (existsSync(copyName(file, atMs, count))) count += 1
  return copyName(file, atMs, count)
}

/** Copies a file beside itself, and never over another copy, whoever makes one in the same second. @returns where it is. */
async function keepCopy(file: string, atMs: number): Promise<string> {
  for (let count = 1; ; count += 1) {
    const copy = copyName(file, atMs, count)
    try {
      await copyFile(file, copy, constants.COPYFILE_EXCL)
      return copy
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
