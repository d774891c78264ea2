import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { freeToken } from './entry-name.ts'
import { memoryOf, noteLeft, quietMs } from './memory.ts'

describe('how long a holder is quiet', () => {
  it('is measured by our own clock from when its last sign of life was first seen', async () => {
    const clock = new VirtualClock()
    const memory = memoryOf('/quiet/a', clock)
    expect(quietMs(memory, 'h1.7.x', '10')).toBe(0)
    await clock.advance(2_500)
    expect(quietMs(memory, 'h1.7.x', '10')).toBe(2_500)
  })

  it('begins anew with a sign of life, whatever time that is stamped with', async () => {
    const clock = new VirtualClock()
    const memory = memoryOf('/quiet/b', clock)
    quietMs(memory, 'h1.7.x', '10')
    await clock.advance(1_999)
    expect(quietMs(memory, 'h1.7.x', '-3600000')).toBe(0)
    await clock.advance(2_000)
    expect(quietMs(memory, 'h1.7.x', '-3600000')).toBe(2_000)
  })

  it('begins anew with another holder, even if that has the same stamp', async () => {
    const clock = new VirtualClock()
    const memory = memoryOf('/quiet/c', clock)
    quietMs(memory, 'h1.7.x', '10')
    await clock.advance(5_000)
    expect(quietMs(memory, 'h1.8.y', '10')).toBe(0)
    expect(quietMs(memory, 'h1.7.x', '10')).toBe(0)
  })
})

describe('what is remembered of a directory', () => {
  const clock = new VirtualClock()

  it('lasts from one call to the next', () => {
    const memory = memoryOf('/kept', clock)
    noteLeft('/kept', freeToken(7, 'b'))
    expect(memoryOf('/kept', clock)).toBe(memory)
    expect(memory.left).toEqual(freeToken(7, 'b'))
  })

  it('is forgotten for one who measures with another clock', () => {
    noteLeft('/kept', freeToken(7, 'b'))
    expect(memoryOf('/kept', new VirtualClock()).left).toBeNull()
  })

  it('is forgotten of those not used for longest, once there are more than 256', () => {
    for (const name of ['/used', '/unused']) {
      memoryOf(name, clock)
      noteLeft(name, freeToken(7, 'b'))
    }
    for (let n = 0; n < 256; n += 1) {
      memoryOf(`/other/${n}`, clock)
      memoryOf('/used', clock)
    }
    expect(memoryOf('/used', clock).left).not.toBeNull()
    expect(memoryOf('/unused', clock).left).toBeNull()
  })
})
