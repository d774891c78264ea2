/**
 * A small archiver: copies numbered records from one folder to another, and can be stopped, killed and started again at any moment.
 * Exit codes: 0 done, or nothing to do; 1 a known error, another one at work, or any failed run; 2 a bug; 130 interrupted.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock, watchLock } from '@holdfast/file-lock'
import { systemClock } from '@holdfast/seams'
import { archive } from './archive.ts'
import { readConfig, USAGE, type Config } from './config.ts'
import { press } from './presses.ts'
import { checkFolder } from './records.ts'

const say = (line: string): void => console.log(line)

/** Whoever read it has gone, as `head` does. The work goes on all the same. */
function goOnUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** Lets Ctrl-C and SIGTERM stop the work, and three Ctrl-C within 2 s end the process. */
function stopOnSignals(stop: AbortController): void {
  let recentMs: readonly number[] = []
  const finish = (): void => {
    if (stop.signal.aborted) return
    stop.abort(new Error('interrupted'))
    say('stopping when what is at work is finished; Ctrl-C 3 times within 2 s leaves at once')
  }
  process.on('SIGTERM', finish)
  process.on('SIGINT', () => {
    const pressed = press(recentMs, systemClock.monotonicMs())
    recentMs = pressed.recentMs
    finish()
    say(`Ctrl-C (${recentMs.length} of 3)`)
    if (pressed.meaning === 'finish') return
    say('interrupted: leaving at once; the next start makes what was at work')
    // process.exit would wait for a read that hangs; by its own signal the process is gone at once, and a shell says 130.
    process.removeAllListeners('SIGINT')
    process.kill(process.pid, 'SIGINT')
  })
}

async function run(config: Config): Promise<number> {
  const stop = new AbortController()
  // Before anything is made: a misspelt argument is to leave nothing behind.
  if (config.mode !== 'report') await checkFolder('source', config.source)
  mkdirSync(config.stateDirectory, { recursive: true })
  await using lock = await tryLock(join(config.stateDirectory, '.archiver'))
  stopOnSignals(stop)
  using _watch = watchLock(lock, (error) => {
    say(`the lock was lost: ${error.message}`)
    stop.abort(error)
  })
  const failed = await archive(config, stop.signal, say)
  if (!lock.isValid()) return 1
  if (!stop.signal.aborted) return failed > 0 ? 1 : 0
  say('interrupted: what was at work is finished and recorded, and the next start goes on')
  return 130
}

process.stdout.on('error', goOnUnread)
process.stderr.on('error', goOnUnread)
try {
  const config = readConfig(process.argv.slice(2))
  if (config === null) say(USAGE)
  else process.exitCode = await run(config)
} catch (error) {
  const { code, message } = error as { readonly code?: unknown; readonly message: string }
  console.error(code === 'ARCHIVER_USAGE' ? `${message}\n${USAGE}` : message)
  // What has a code was foreseen by someone; the rest is a bug.
  process.exitCode = typeof code === 'string' ? 1 : 2
}
