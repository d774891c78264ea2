import { describe, expect, it } from 'vitest'
import { watchEventLoop } from './event-loop.ts'

describe('the event loop of this thread', () => {
  it('is told in numbers that the switch can use, also when nothing has happened yet', () => {
    const eventLoop = watchEventLoop()
    for (const { lateMs, utilisation } of [eventLoop.window(), eventLoop.window()]) {
      expect(lateMs).toBeGreaterThanOrEqual(0)
      expect(lateMs).toBeLessThan(60_000)
      expect(utilisation).toBeGreaterThanOrEqual(0)
      expect(utilisation).toBeLessThanOrEqual(1)
    }
    eventLoop.close()
    eventLoop.close()
  })
})
