import { OpsError } from './errors.ts'
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts'
import { watchOutlets, type Outlets } from './outlets.ts'
import { read, type Asked } from './program.ts'
import { createVoice, type Voice } from './voice.ts'
import type { World } from './world.ts'

const WIDEST_HELP = 100

/** Runs one command line and answers the exit code. */
export async function main(world: World): Promise<ExitCode> {
  const { argv, tree, stdout } = world
  const outlets = watchOutlets(world)
  const asked = read(argv, tree, Math.min(stdout.columns ?? 80, WIDEST_HELP))
  // Where nothing could be read of the line, what it wants is taken from the words themselves.
  const words = { json: argv.includes('--json'), color: !argv.includes('--no-color') }
  const voice = createVoice(world, asked.kind === 'command' ? asked.given : words)
  const code = await answered(asked, words.json, world, voice, outlets)
  // Whoever told it to stop does not wait until someone reads.
  if (code === EXIT.timeout || code === EXIT.interrupted) return code
  const trouble = await outlets.trouble()
  if (trouble === null) return code
  voice.fail(asked.kind === 'text' ? null : asked.entry, trouble)
  return code === EXIT.ok ? exitCodeOf(trouble) : code
}

async function answered(
  asked: Asked,
  isJson: boolean,
  world: World,
  voice: Voice,
  { closed }: Outlets,
): Promise<ExitCode> {
  const { stdout, stderr } = world
  if (asked.kind === 'text') {
    stdout.write(asked.text)
    return EXIT.ok
  }
  if (asked.kind === 'wrong') {
    if (asked.help !== '' && !isJson) {
      stderr.write(asked.help)
      return EXIT.usage
    }
    return voice.fail(asked.entry, new OpsError('OPS_USAGE', asked.message, { next: asked.next }))
  }
  const { entry, given } = asked
  try {
    const { perform } = await import('./perform.ts')
    return await perform(entry, given, world, voice, closed)
  } catch (error) {
    if (closed.aborted && error === closed.reason) return EXIT.ok
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
