import type { Command, CommandEntry, Outcome } from './command.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Given } from './program.ts'
import { wrap } from './terminal/wrap.ts'
import type { Voice } from './voice.ts'
import type { World } from './world.ts'

export interface Watched {
  readonly entry: CommandEntry
  readonly command: Command
  readonly run: () => Promise<Outcome<unknown>>
  readonly everyMs: number
  readonly given: Given
  readonly signal: AbortSignal
  readonly world: World
  readonly voice: Voice
}

const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
const CLEAR_SCREEN = '\u001B[2J'
const HOME = '\u001B[H'
const CLEAR_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'

/**
 * Shows the answer again and again, until it is final, someone interrupts or the time is up: redrawn in place on a terminal, a line
 * of JSON each with `--json`, and elsewhere only when it has changed.
 */
export async function watch(watched: Watched): Promise<ExitCode> {
  const { run, everyMs, signal, world, voice } = watched
  const draw = drawing(watched)
  try {
    for (;;) {
      voice.beginRound()
      const outcome = await run()
      draw.show(outcome)
      if (outcome.isFinal === true) return outcome.code ?? EXIT.ok
      await world.clock.sleep(everyMs, signal)
    }
  } finally {
    draw.end()
  }
}

function drawing({ entry, command, given, world, voice }: Watched): {
  show(outcome: Outcome<unknown>): void
  end(): void
} {
  const { stdout, env } = world
  if (given.json === true) {
    return {
      show({ code = EXIT.ok, data }) {
        voice.answer(entry, code, data, { plan: null, isDry: false })
      },
      end() {},
    }
  }
  /** In the picture, because what stands elsewhere would be drawn over. */
  const warningLines = (): string[] =>
    given.quiet === true
      ? []
      : voice.warnings
          .flatMap((text) => wrap(`warning: ${text}`, voice.style.columns, '  '))
          .map((line) => voice.style.notice(line))
  if (stdout.isTTY !== true || env['TERM'] === 'dumb') {
    let before = ''
    return {
      show({ data }) {
        const lines = command.show(data, voice.style)
        const warnings = warningLines()
        const now = [...lines, ...warnings].join('\n')
        if (now !== before) {
          voice.lines(before === '' ? lines : ['', ...lines])
          voice.note(warnings)
        }
        before = now
      },
      end() {},
    }
  }
  stdout.write(`${HIDE_CURSOR}${CLEAR_SCREEN}`)
  return {
    show({ data }) {
      const warnings = warningLines()
      // One line is left for the cursor, or the screen would scroll.
      const room = Math.max(0, (stdout.rows ?? 24) - 1 - warnings.length)
      const lines = command.show(data, voice.style).slice(0, room)
      const picture = [...lines, ...warnings].map((line) => `${line}${CLEAR_LINE}\n`).join('')
      stdout.write(`${HOME}${picture}${CLEAR_BELOW}`)
    },
    end() {
      stdout.write(SHOW_CURSOR)
    },
  }
}
