import { systemClock } from '@holdfast/seams'
import { createHealth, eventLoopDelay } from './index.ts'

/**
 * Has nothing to do but its health. `background`: checks wait for their turn, one hangs. `report`: waits for a report
 * of a check that hangs. `stop`: waits for a stop with a check that hangs.
 */
const manner = process.argv[2] ?? ''
const say = (what: string): void => void process.stdout.write(`${JSON.stringify(what)}\n`)
const health = createHealth()
health.add('loop', eventLoopDelay())
const timeoutMs = manner === 'background' ? 3_600_000 : 300
health.add('stuck', () => new Promise(() => {}), { timeoutMs })
health.add('later', () => systemClock.sleep(0), { everyMs: 3_600_000 })
if (manner !== 'report') health.start()
if (manner === 'report') say((await health.report()).status)
if (manner === 'stop') await health.stop()
say('end')
