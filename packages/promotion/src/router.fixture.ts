/**
 * A router process, as far as a rollout is concerned: obeys the rollout in the directory of its first argument, and says each change as one
 * line of JSON. It reads its switches from the environment, and ends with its input.
 */
import { switchesOf } from './rollout/effective.ts'
import { watchRollout } from './rollout/watch.ts'

const [, , directory = ''] = process.argv
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const watch = await watchRollout({
  directory,
  pid: process.pid,
  switches: switchesOf(process.env),
  onChange: ({ pilot, because }) => say({ pilot, because }),
})
say({ ready: true, worker: watch.worker })
process.stdin.on('end', () => void watch.close())
process.stdin.resume()
