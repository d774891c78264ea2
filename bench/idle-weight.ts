import { createHook } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock } from '@holdfast/seams'

/** Of one that nobody uses. */
export interface Weight {
  readonly heapBytes: number
  /** With buffers outside the heap. */
  readonly allBytes: number
  readonly timers: number
}

const IDLE = 2_000
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
let timersMade = 0
// Also those that let the process end, which the process itself does not name.
const timersHook = createHook({
  init: (_, type) => {
    if (type === 'Timeout') timersMade += 1
  },
})

/** Lets go of everything that nobody holds, also of buffers, which takes a turn of the loop. */
async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  for (let i = 0; i < 4; i += 1) {
    collect()
    await systemClock.sleep(10)
  }
  return process.memoryUsage()
}

/** Makes many, and divides what they weigh and the timers they set. */
export async function weigh(make: () => unknown): Promise<Weight> {
  const kept: unknown[] = Array.from({ length: IDLE }, () => null)
  // So that code and hidden classes, which are made once, are not counted.
  for (let i = 0; i < IDLE; i += 1) make()
  const before = await settledMemory()
  timersMade = 0
  timersHook.enable()
  for (let i = 0; i < IDLE; i += 1) kept[i] = make()
  timersHook.disable()
  const timers = timersMade / IDLE
  const after = await settledMemory()
  const heap = (after.heapUsed - before.heapUsed) / kept.length
  const outside = (after.external - before.external) / kept.length
  return { heapBytes: Math.round(heap), allBytes: Math.round(heap + outside), timers }
}
