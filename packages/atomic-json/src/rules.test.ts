import { describe, expect, it } from 'vitest'
import { ANY_WRITER_AGE_MS, DEAD_WRITER_AGE_MS, isAbandoned } from './abandoned.ts'
import { renameRetryMs } from './rename-retry.ts'

describe('a temporary file', () => {
  it('is abandoned when its writer looks dead here and nothing was written for ten minutes', () => {
    expect(isAbandoned({ ageMs: DEAD_WRITER_AGE_MS, isWriterAlive: false })).toBe(true)
  })

  it('is left to a writer who may be alive on another machine', () => {
    expect(isAbandoned({ ageMs: DEAD_WRITER_AGE_MS - 1, isWriterAlive: false })).toBe(false)
  })

  it('is protected by a living pid for a day, and no longer, because pids are given out again', () => {
    expect(isAbandoned({ ageMs: ANY_WRITER_AGE_MS - 1, isWriterAlive: true })).toBe(false)
    expect(isAbandoned({ ageMs: ANY_WRITER_AGE_MS, isWriterAlive: true })).toBe(true)
  })
})

describe('a rename that was refused', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('is tried again on Windows after %s, 12 times', (code) => {
    const waits = Array.from({ length: 13 }, (_, attempt) => renameRetryMs(attempt, code, 'win32'))
    expect(waits.slice(0, 6)).toEqual([5, 10, 20, 40, 80, 160])
    expect(waits.at(11)).toBe(200)
    expect(waits.at(12)).toBeNull()
  })

  it('is final for any other reason, and anywhere else', () => {
    expect(renameRetryMs(0, 'ENOSPC', 'win32')).toBeNull()
    expect(renameRetryMs(0, 'EACCES', 'linux')).toBeNull()
  })
})
