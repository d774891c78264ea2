import type { Fact } from '@holdfast/seams'
import type { CommandEntry } from './command.ts'
import { answerEnvelope, errorEnvelope, type Told } from './envelope.ts'
import { aimOf, type Aim } from './aim.ts'
import { nextAfter } from './errors.ts'
import { exitCodeOf, type ExitCode } from './exit-codes.ts'
import type { GlobalFlags } from './global-options.ts'
import { createStyle, wantsColour, type Style } from './terminal/style.ts'
import { cut } from './terminal/table.ts'
import { wrap } from './terminal/wrap.ts'
import type { Sink, World } from './world.ts'

/** Everything that is said: answers on standard output, all else on standard error. With `--json` only documents are. */
export interface Voice {
  readonly warnings: readonly string[]
  /** Of the answer, and of messages. */
  readonly style: Style
  readonly messageStyle: Style
  warn(text: string): void
  /** From here on warnings are of one round: collected anew, and shown by whoever shows the round. */
  beginRound(): void
  /** For people who want to know what happens; not with `--quiet` or `--json`. */
  note(lines: readonly string[]): void
  /** For whoever is about to be asked: with `--quiet`, too. */
  insist(lines: readonly string[]): void
  fact(fact: Fact): void
  progress(text: string): void
  answer(
    entry: CommandEntry,
    code: ExitCode,
    data: unknown,
    told: Omit<Told, 'atMs' | 'warnings'>,
  ): void
  lines(lines: readonly string[]): void
  fail(entry: CommandEntry | null, error: unknown): ExitCode
  /** Takes away what is not to stay on the screen. */
  clear(): void
}

/** Progress changes no more often than the eye can follow. */
const PROGRESS_EVERY_MS = 100
const DEFAULT_COLUMNS = 80

export function createVoice(world: World, flags: GlobalFlags): Voice {
  const { stdout, stderr, env, clock } = world
  const { json = false, quiet = false, verbose = false, color = true } = flags
  const aim = aimOf(flags)
  const warnings: string[] = []
  let isRound = false
  const styleOf = (sink: Sink): Style => createStyle(columnsOf(sink), wantsColour(sink, env, color))
  const messageStyle = styleOf(stderr)
  const hasProgress = stderr.isTTY === true && !json && !quiet && env['TERM'] !== 'dumb'
  let shownAtMs = Number.NEGATIVE_INFINITY
  let isShown = false

  const clear = (): void => {
    if (isShown) stderr.write('\r\u001B[2K')
    isShown = false
  }
  const say = (sink: Sink, lines: readonly string[]): void => {
    clear()
    if (lines.length > 0) sink.write(`${lines.join('\n')}\n`)
  }
  const document = (sink: Sink, value: unknown): void => say(sink, [JSON.stringify(value)])

  /** What every document says of its moment. */
  const round = (): Pick<Told, 'warnings' | 'atMs'> => ({ warnings, atMs: clock.wallMs() })

  return {
    warnings,
    style: styleOf(stdout),
    messageStyle,
    clear,
    warn(text) {
      warnings.push(text)
      if (!json && !quiet && !isRound) say(stderr, [messageStyle.notice(`warning: ${text}`)])
    },
    beginRound() {
      warnings.length = 0
      isRound = true
    },
    note(lines) {
      if (!json && !quiet) say(stderr, lines)
    },
    insist: (lines) => say(stderr, lines),
    fact(fact) {
      if (!verbose) return
      say(stderr, [json ? JSON.stringify(plain(fact)) : messageStyle.faint(factText(fact))])
    },
    progress(text) {
      if (!hasProgress || clock.monotonicMs() - shownAtMs < PROGRESS_EVERY_MS) return
      shownAtMs = clock.monotonicMs()
      clear()
      stderr.write(messageStyle.faint(cut(text, messageStyle.columns - 1)))
      isShown = true
    },
    answer(entry, code, data, told) {
      document(stdout, answerEnvelope(entry, code, data, { ...told, ...round() }))
    },
    lines: (lines) => say(stdout, lines),
    fail(entry, error) {
      const code = exitCodeOf(error)
      if (json) document(stderr, aim(errorEnvelope(entry, code, error, round())))
      else say(stderr, errorLines(entry, error, { isVerbose: verbose, style: messageStyle, aim }))
      return code
    },
  }
}

/** A terminal has an edge. A file or a program gets its lines whole, so that they can be searched and names stay names. */
const columnsOf = ({ isTTY, columns }: Sink): number =>
  isTTY === true ? columns || DEFAULT_COLUMNS : Infinity

function errorLines(
  entry: CommandEntry | null,
  error: unknown,
  {
    isVerbose,
    style,
    aim,
  }: { readonly isVerbose: boolean; readonly style: Style; readonly aim: Aim },
): string[] {
  const name = ['holdfast', ...(entry?.path ?? [])].join(' ')
  const { message = String(error), stack } = (error ?? {}) as Partial<Error>
  // What nobody foresaw is a bug, and its place is what helps.
  const isForeseen = typeof (error as { code?: unknown } | null)?.code === 'string'
  const traced = isVerbose || !isForeseen ? chain(error, stack) : []
  const [first = '', ...more] = wrap(`${name}: ${message}`, style.columns, '  ')
  return [
    `${style.bad(`${name}:`)}${first.slice(name.length + 1)}`,
    ...more,
    ...aim({ next: nextAfter(error) }).next.map((command) => `  ${style.faint('try:')} ${command}`),
    ...traced.map((line) => style.faint(line)),
  ]
}

function chain(error: unknown, stack: string | undefined): string[] {
  const { cause } = (error ?? {}) as { readonly cause?: unknown }
  const own = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  if (!(cause instanceof Error)) return own
  return [...own, `caused by: ${cause.message}`, ...chain(cause, cause.stack)]
}

/** A fact as JSON can say it: of an error its message stays. */
function plain(fact: Fact): unknown {
  return JSON.parse(
    JSON.stringify(fact, (_key, value: unknown) =>
      value instanceof Error ? value.message : value,
    ),
  )
}

function factText(fact: Fact): string {
  const { kind, ...fields } = plain(fact) as Fact
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return [kind, ...shown].join(' ')
}
