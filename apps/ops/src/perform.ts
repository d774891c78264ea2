import { accessSync, constants, statSync } from 'node:fs'
import type { Timer } from '@holdfast/seams'
import { aimOf } from './aim.ts'
import type { Command, CommandEntry, Context, Outcome, Plan } from './command.ts'
import { readSettings, type Settings } from './config/settings.ts'
import { durationText } from './duration.ts'
import { OpsError } from './errors.ts'
import { closedAt, closedNext, closedText, explained } from './rights.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { startCommand } from './router/start.ts'
import type { Given } from './program.ts'
import type { Voice } from './voice.ts'
import type { Style } from './terminal/style.ts'
import { wrap } from './terminal/wrap.ts'
import { watch } from './watch.ts'
import type { World } from './world.ts'

/** How long a command that was told to stop may take to put things in order. */
const STOP_WAIT_MS = 2_000

/**
 * Runs one command from its settings to its last word, and answers the exit code.
 * @param closed aborted when nobody reads the answer any more.
 */
export async function perform(
  entry: CommandEntry,
  given: Given,
  world: World,
  voice: Voice,
  closed: AbortSignal,
): Promise<ExitCode> {
  // Who reads may go away; what is to be written is written all the same.
  const stop = stopping(given.timeout, world, entry.writes ? [] : [closed])
  try {
    const settings = await settingsFor(entry, given, world, voice)
    if (entry.needsDataDir) checkDataDir(settings, world)
    const { command } = await entry.load()
    const plan: string[] = []
    const context: Context = {
      dataDir: settings.dataDir,
      settings,
      env: world.env,
      cwd: world.cwd,
      clock: world.clock,
      random: world.random,
      signal: stop.signal,
      observe: (fact) => voice.fact(fact),
      tree: world.tree,
      isDry: given.dryRun === true,
      input: () => world.stdin(),
      warn: (text) => voice.warn(text),
      progress: (text) => voice.progress(text),
      async proceed(next) {
        plan.push(...next.steps)
        return await proceed(next, entry, given, stop.signal, world, voice)
      },
    }
    const aim = aimOf(given)
    const run = async (): Promise<Outcome<unknown>> =>
      aim(await orderly(telling(entry, command.run(context, given)), stop.signal, world))
    if (given.watch !== undefined && entry.watch !== undefined) {
      const everyMs = given.watch === true ? entry.watch.everyMs : given.watch
      return await watch({ entry, command, run, everyMs, given, signal: stop.signal, world, voice })
    }
    const outcome = await run()
    tell(entry, command, outcome, given, entry.writes ? plan : null, voice)
    return outcome.code ?? EXIT.ok
  } finally {
    stop.end()
  }
}

/** Whatever may not be read or written is told with whose it is. */
async function telling<T>({ writes }: CommandEntry, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw explained(error, writes ? '; it stopped there' : '')
  }
}

async function settingsFor(
  { settings: declared = 'needed' }: CommandEntry,
  given: Given,
  { env, cwd }: World,
  voice: Voice,
): Promise<Settings> {
  const need = typeof declared === 'function' ? declared(given) : declared
  try {
    return await readSettings(given, env, cwd, need !== 'unused')
  } catch (error) {
    const isNamed = (given.dataDir ?? env['HOLDFAST_DATA_DIR'] ?? '') !== ''
    if (need !== 'if-sound' || (error as OpsError).code !== 'OPS_CONFIG') throw error
    const { code, message, next } = error as OpsError
    // The file may name another directory than ./run: nobody is to roll back what is not meant.
    if (!isNamed) {
      const named = 'the same with --data-dir <dir>, which goes on without the configuration'
      throw new OpsError(code, message, { next: [named, ...next], cause: error })
    }
    voice.warn(`going on without the configuration: ${message}`)
    return await readSettings(given, env, cwd, false)
  }
}

/** Says what came of a command. */
function tell(
  entry: CommandEntry,
  command: Command,
  { code = EXIT.ok, data, next = [] }: Outcome<unknown>,
  { json = false, dryRun = false }: Given,
  plan: readonly string[] | null,
  voice: Voice,
): void {
  if (json) return voice.answer(entry, code, data, { plan, isDry: dryRun })
  const planned = dryRun ? dryRunLines(plan ?? [], voice.style) : []
  voice.lines([...planned, ...command.show(data, voice.style)])
  voice.note(next.map((line) => `${voice.messageStyle.faint('next:')} ${line}`))
}

const dryRunLines = (plan: readonly string[], { columns }: Style): string[] =>
  plan.length === 0
    ? ['Dry run: there is nothing to do.']
    : ['Dry run, nothing is changed. It would:', ...stepLines(plan, columns)]

const stepLines = (steps: readonly string[], columns: number): string[] =>
  steps.flatMap((step) => wrap(`  - ${step}`, columns, '    '))

/** @throws {OpsError} as `Context.proceed`. */
async function proceed(
  { steps, ask: question }: Plan,
  entry: CommandEntry,
  given: Given,
  signal: AbortSignal,
  world: World,
  voice: Voice,
): Promise<boolean> {
  if (given.dryRun === true) return false
  const plan = ['This will:', ...stepLines(steps, voice.messageStyle.columns)]
  voice.note(plan)
  if (question === 'nothing' || (question === 'yes' && given.yes === true)) return true
  if (question !== 'yes' && given.confirm !== undefined) {
    if (given.confirm === question.name) return true
    throw new OpsError(
      'OPS_DECLINED',
      `--confirm is "${given.confirm}", and to ${question.what} it must be ${question.name}; nothing was changed`,
    )
  }
  const flag = question === 'yes' ? '--yes' : `--confirm ${question.name}`
  const { stdinIsTerminal, stderr, stdin } = world
  if (given.json === true || !stdinIsTerminal || stderr.isTTY !== true) {
    throw new OpsError(
      'OPS_UNCONFIRMED',
      `this needs a yes, and there is no terminal to ask at; nothing was changed. It would: ${steps.join('; ')}`,
      { next: [`the same with ${flag}`, `holdfast ${entry.path.join(' ')} --help`] },
    )
  }
  const { ask } = await import('./terminal/ask.ts')
  voice.clear()
  // Nobody agrees to what he was not told.
  if (given.quiet === true) voice.insist(plan)
  await ask(question, { input: stdin(), output: stderr }, signal)
  return true
}

/** @throws {OpsError} `OPS_NOT_FOUND` or `OPS_UNREADABLE`. */
function checkDataDir(settings: Settings, { cwd }: World): void {
  const { dataDir } = settings
  const start = startCommand({ cwd, dataDir, settings })
  const next = [start, 'the same with --data-dir <dir>', 'holdfast config show --origin']
  try {
    if (!statSync(dataDir).isDirectory()) {
      throw new OpsError('OPS_NOT_FOUND', `${dataDir} is no directory, so no data directory`, {
        next,
      })
    }
    accessSync(dataDir, constants.R_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new OpsError('OPS_NOT_FOUND', `there is no data directory ${dataDir}`, {
        next,
        cause: error,
      })
    }
    if (code !== 'EACCES' && code !== 'EPERM') throw error
    const closed = closedAt(dataDir)
    throw new OpsError('OPS_UNREADABLE', closedText(closed, 'the data directory'), {
      next: closedNext(closed),
      cause: error,
    })
  }
}

/** One signal for all reasons to stop. */
function stopping(
  timeoutMs: number | undefined,
  { clock, interrupted }: World,
  others: readonly AbortSignal[],
): { readonly signal: AbortSignal; end(): void } {
  const late = new AbortController()
  let timer: Timer | undefined
  if (timeoutMs !== undefined) {
    const error = new OpsError('OPS_TIMEOUT', `not done within ${durationText(timeoutMs)}`)
    timer = clock.after(timeoutMs, () => late.abort(error), { keepsAlive: false })
  }
  const signal = AbortSignal.any([interrupted, ...others, late.signal])
  return { signal, end: () => timer?.cancel() }
}

/** The outcome, or the reason to stop: what does not stop by itself in time is not waited for. */
async function orderly<T>(work: Promise<T>, signal: AbortSignal, { clock }: World): Promise<T> {
  const over = new AbortController()
  const late = new Promise<never>((_resolve, reject) => {
    const wait = (): void => {
      clock.sleep(STOP_WAIT_MS, over.signal).then(
        () => reject(signal.reason as Error),
        () => {},
      )
    }
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true, signal: over.signal })
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    // Whatever broke because it was told to stop is no failure of its own.
    throw signal.aborted ? signal.reason : error
  } finally {
    over.abort()
  }
}
