/**
 * One of several processes that contend for one lock. Says `ready`, waits for a line, then takes and gives back the lock of
 * `path` for `forMs`, holding it for `holdMs`, and tells the file in which it wrote how long each
 * wait was, in µs. With `forMs` 0 it takes the lock
 * once, says `held`, and keeps it.
 */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { systemClock } from '@holdfast/seams'
import { takers } from './lock-contenders.ts'

const [name = '', path = '', holdMs = '0', forMs = '0'] = process.argv.slice(2)
const take = takers[name]
if (take === undefined) throw new RangeError(`no contender called ${name}`)

const first = await take(`${path}.warm-up-${process.pid}`).catch(() => null)
await first?.()
console.log('ready')
await once(process.stdin, 'data')
process.stdin.pause()

if (Number(forMs) === 0) {
  await take(path)
  console.log('held')
  await systemClock.sleep(3_600_000)
}
const waitsUs: number[] = []
const endMs = systemClock.monotonicMs() + Number(forMs)
for (;;) {
  const startMs = systemClock.monotonicMs()
  if (startMs >= endMs) break
  const giveBack = await take(path)
  waitsUs.push(Math.round((systemClock.monotonicMs() - startMs) * 1000))
  if (Number(holdMs) > 0) await systemClock.sleep(Number(holdMs))
  await giveBack()
}
// A pipe would cut a long answer off at the exit, and the exit is what ends a library's timers.
const results = `${path}.waits-${process.pid}`
writeFileSync(results, JSON.stringify(waitsUs))
console.log(results)
process.exit()
