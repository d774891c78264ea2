import { OpsError } from '../errors.ts'
import { shortDiff } from './diff.ts'
import { mustRun, type RunProgram } from './run-program.ts'
import type { Call, Part, Target } from './targets.ts'

/** What becomes of one part. */
export interface Change {
  readonly part: Part
  readonly before: string | null
  readonly after: string | null
}

/** The same, for answers. */
export interface ChangeSeen {
  readonly what: string
  readonly kind: 'create' | 'replace' | 'keep' | 'remove'
  /** `- ` goes, `+ ` comes; a line that stays around each change. */
  readonly diff: readonly string[]
}

/**
 * What an installation would change.
 * @throws {OpsError} `OPS_USAGE` if something else has its name.
 */
export async function changesToInstall(target: Target): Promise<Change[]> {
  return await Promise.all(
    target.parts.map(async (part): Promise<Change> => {
      const before = await part.store.read()
      // A crontab has other lines, and is nobody's as a whole.
      if (before !== null && target.id !== 'cron' && !part.isOurs(before)) throw foreign(part)
      return { part, before, after: part.installed(before) }
    }),
  )
}

/** What taking it away would change; nothing where it is not installed. */
export async function changesToRemove(target: Target): Promise<Change[]> {
  const found = await Promise.all(
    target.parts.map(async (part) => ({ part, before: await part.store.read() })),
  )
  return found.flatMap(({ part, before }): Change[] => {
    if (before === null || (target.id === 'cron' && !part.isOurs(before))) return []
    if (!part.isOurs(before)) throw foreign(part)
    return [{ part, before, after: part.removed(before) }]
  })
}

function foreign({ store }: Part): OpsError {
  return new OpsError(
    'OPS_USAGE',
    `${store.what} is there, and was not made by this command; nothing was changed`,
    { next: ['the same with another --name'] },
  )
}

const essence = ({ essence = (text) => text }: Part, text: string | null): string | null =>
  text === null ? null : essence(text)

/** Whether it is what it would become. */
export const isSame = ({ part, before, after }: Change): boolean =>
  essence(part, before) === essence(part, after)

export function changeSeen(change: Change): ChangeSeen {
  const { part, before, after } = change
  const what = part.store.what
  if (isSame(change)) return { what, kind: 'keep', diff: [] }
  const diff = shortDiff(essence(part, before), essence(part, after))
  if (before === null) return { what, kind: 'create', diff }
  return { what, kind: after === null ? 'remove' : 'replace', diff }
}

export interface Doing {
  readonly run: RunProgram
  readonly signal: AbortSignal
}

/**
 * Writes what changes and then makes the scheduler obey. Whatever fails on the way, everything is put back as it was.
 * @throws {OpsError} `OPS_SCHEDULER`, and what the system says; the message says whether all was put back.
 */
export async function install(
  target: Target,
  changes: readonly Change[],
  { run, signal }: Doing,
): Promise<void> {
  const done: Change[] = []
  try {
    for (const change of changes.filter((one) => !isSame(one))) {
      signal.throwIfAborted()
      done.push(change)
      await change.part.store.write(change.after)
    }
    await callAll(target.on, run)
  } catch (error) {
    const wasThere = changes.every(({ part, before }) => before !== null && part.isOurs(before))
    const undone = await putBack(target, done, wasThere, run)
    throw failed(error, undone)
  }
}

/** Makes the scheduler let go, and takes everything away. Whatever fails on the way, it is installed as it was. */
export async function remove(
  target: Target,
  changes: readonly Change[],
  { run, signal }: Doing,
): Promise<void> {
  const done: Change[] = []
  try {
    await callAll(target.off, run)
    for (const change of changes) {
      signal.throwIfAborted()
      done.push(change)
      await change.part.store.write(change.after)
    }
    await callAll(target.after, run)
  } catch (error) {
    throw failed(error, await putBack(target, done, true, run))
  }
}

async function callAll(calls: readonly Call[], run: RunProgram): Promise<void> {
  for (const { program, args, mayFail } of calls) {
    if (mayFail === true) await run(program, args)
    else await mustRun(run, program, args)
  }
}

/** @returns what could not be put back, or null. */
async function putBack(
  target: Target,
  done: readonly Change[],
  wasOn: boolean,
  run: RunProgram,
): Promise<string | null> {
  const left: string[] = []
  if (!wasOn) await callEach(target.off, run)
  for (const { part, before } of done.toReversed()) {
    try {
      // What failed to be written may be as it was, and whoever fails may fail again.
      if ((await part.store.read()) !== before) await part.store.write(before)
    } catch (error) {
      left.push(`${part.store.what} (${error instanceof Error ? error.message : String(error)})`)
    }
  }
  // Who never knew of it has nothing to be told; who did must know of it again.
  const failed = await callEach(wasOn ? target.on : target.after, run)
  if (wasOn) left.push(...failed.map((call) => `\`${call}\``))
  return left.length === 0 ? null : left.join(', ')
}

/** Makes all calls, whatever comes of each. @returns those that failed, as one types them. */
async function callEach(calls: readonly Call[], run: RunProgram): Promise<string[]> {
  const failed: string[] = []
  for (const { program, args, mayFail } of calls) {
    const hasFailed = await run(program, args).then(
      ({ code }) => code !== 0,
      () => true,
    )
    if (hasFailed && mayFail !== true) failed.push([program, ...args].join(' '))
  }
  return failed
}

function failed(error: unknown, left: string | null): OpsError {
  const { message } = error instanceof Error ? error : new Error(String(error))
  const { code, next = [] } = error as Partial<OpsError>
  const after = left === null ? 'everything is as it was' : `these could not be put back: ${left}`
  const known = code === 'OPS_NOT_FOUND' ? code : 'OPS_SCHEDULER'
  return new OpsError(known, `${message}; ${after}`, { next, cause: error })
}
