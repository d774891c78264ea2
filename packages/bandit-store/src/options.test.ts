import { systemClock } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import {
  checkedFileStoreOptions,
  checkedStoreOptions,
  type FileStoreOptions,
  type StoreOptions,
} from './options.ts'

describe('the options of a store', () => {
  it('have defaults', () => {
    expect(checkedFileStoreOptions({ dim: 5 })).toMatchObject({
      dim: 5,
      epochMs: 3_600_000,
      keepEpochs: 48,
      deadlineMs: 7 * 24 * 3_600_000,
      dedupeLimit: 2_000_000,
      pendingLimit: 100_000,
      clock: systemClock,
      pollMs: 200,
      compactBytes: 8 * 1024 * 1024,
      retryMs: 1000,
      unsavedLimit: 100_000,
    })
  })

  it('may be at their ends', () => {
    const ends = { dim: 4096, epoch: 'day', keepEpochs: 1, deadlineMs: Infinity, dedupeLimit: 1000 }
    const settings = checkedStoreOptions(ends as StoreOptions)
    expect(settings).toMatchObject({ dim: 4096, epochMs: 86_400_000, deadlineMs: Infinity })
  })

  it.each<[string, unknown]>([
    ['dim', { dim: undefined }],
    ['dim', { dim: 0 }],
    ['dim', { dim: 4097 }],
    ['dim', { dim: '5' }],
    ['epoch', { epoch: 'week' }],
    ['keepEpochs', { keepEpochs: 0 }],
    ['keepEpochs', { keepEpochs: 1.5 }],
    ['deadlineMs', { deadlineMs: 0 }],
    ['deadlineMs', { deadlineMs: '7' }],
    ['deadlineMs', { deadlineMs: Number.NaN }],
    ['dedupeLimit', { dedupeLimit: 999 }],
    ['pendingLimit', { pendingLimit: 0 }],
    ['pollMs', { pollMs: 0.5 }],
    ['pollMs', { pollMs: 1001 }],
    ['pollMs', { pollMs: '200' }],
    ['compactBytes', { compactBytes: 4095 }],
    ['retryMs', { retryMs: 0 }],
    ['retryMs', { retryMs: Infinity }],
    ['unsavedLimit', { unsavedLimit: 0 }],
  ])('are refused by name: %s in %j', (name, given) => {
    const options = { dim: 5, ...(given as Partial<FileStoreOptions>) }
    expect(() => checkedFileStoreOptions(options)).toThrow(RangeError)
    expect(() => checkedFileStoreOptions(options)).toThrow(new RegExp(`^${name} must be .*, got `))
  })
})
