import { OpsError } from './errors.ts'
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts'
import { read } from './program.ts'
import { createVoice } from './voice.ts'
import type { World } from './world.ts'

const WIDEST_HELP = 100

/** Runs one command line and answers the exit code. */
export async function main(world: World): Promise<ExitCode> {
  const { argv, tree, stdout, stderr, unread } = world
  const asked = read(argv, tree, Math.min(stdout.columns ?? 80, WIDEST_HELP))
  if (asked.kind === 'text') {
    stdout.write(asked.text)
    return EXIT.ok
  }
  if (asked.kind === 'wrong') {
    // Nothing was read of the line, so what it wants is taken from the words themselves.
    const json = argv.includes('--json')
    const voice = createVoice(world, { json, color: !argv.includes('--no-color') })
    if (asked.help !== '' && !json) {
      stderr.write(asked.help)
      return EXIT.usage
    }
    return voice.fail(asked.entry, new OpsError('OPS_USAGE', asked.message, { next: asked.next }))
  }
  const { entry, given } = asked
  const voice = createVoice(world, given)
  try {
    const { perform } = await import('./perform.ts')
    return await perform(entry, given, world, voice)
  } catch (error) {
    if (unread.aborted && error === unread.reason) return EXIT.ok
    // Ctrl-C is how one ends a watch, and needs no words.
    if (given.watch !== undefined && exitCodeOf(error) === EXIT.interrupted) {
      if (stderr.isTTY === true) stderr.write('\n')
      return EXIT.interrupted
    }
    return voice.fail(entry, error)
  } finally {
    voice.clear()
  }
}
