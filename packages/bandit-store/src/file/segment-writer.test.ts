import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { segmentWriter, type Entry, type SegmentWriter } from './segment-writer.ts'

const directory = scratch()
const DIM = 64
const FRAME_BYTES = 32 + 2 * DIM
const SEGMENT_BYTES = 10 * FRAME_BYTES

const entry = (): Entry => ({ arm: 'R1', frame: () => Buffer.alloc(FRAME_BYTES, 'x') })

interface Outage {
  readonly at: string
  readonly writer: SegmentWriter<Entry>
  /** What was told of recoveries: how many entries, and how many still waited. */
  readonly recoveries: { readonly entries: number; readonly waiting: number }[]
  /** Lets the next try begin, and succeed. */
  readonly end: () => void
}

/** A writer whose directory is not there yet. */
function outage(): Outage {
  const at = join(directory(), 'segments')
  const recoveries: { entries: number; waiting: number }[] = []
  let retry: (() => void) | null = null
  const writer = segmentWriter<Entry>({
    prefix: join(at, 'writer'),
    header: { version: 1, dim: DIM, epochMs: 3_600_000 },
    isDurable: true,
    segmentBytes: SEGMENT_BYTES,
    retryMs: 1000,
    clock: {
      ...systemClock,
      after(_ms, run) {
        retry = run
        return { cancel() {}, [Symbol.dispose]() {} }
      },
    },
    onFailure: () => {},
    onRecovery: (entries) => recoveries.push({ entries, waiting: writer.waitingCount }),
  })
  const end = (): void => {
    mkdirSync(at)
    retry?.()
  }
  return { at, writer, recoveries, end }
}

async function refuse(writer: SegmentWriter<Entry>, count: number): Promise<void> {
  const told = await Promise.allSettled(Array.from({ length: count }, () => writer.append(entry())))
  expect(new Set(told.map(({ status }) => status))).toEqual(new Set(['rejected']))
  await systemClock.sleep(0)
}

describe('a writer that could not write', () => {
  it('tells of its recovery when all that was refused is written, and not before', async () => {
    const { writer, recoveries, end } = outage()
    await refuse(writer, 1)
    end()
    // The first is on its way; this one is refused still, and goes with the next batch.
    await expect(writer.append(entry())).rejects.toMatchObject({ code: 'ENOENT' })
    await writer.close()
    expect(recoveries).toEqual([{ entries: 2, waiting: 0 }])
    expect(writer.failure).toBeNull()
  })

  it('takes entries as soon as it writes again, though refused ones still wait', async () => {
    const { writer, recoveries, end } = outage()
    await refuse(writer, 100)
    end()
    while (writer.waitingCount > 90) await systemClock.sleep(0)
    expect(recoveries).toEqual([])
    expect(writer.failure).toMatchObject({ code: 'ENOENT' })
    await writer.append(entry())
    expect(recoveries).toMatchObject([{ entries: 100 }])
    await writer.close()
  })
})

describe('what has gathered while nothing could be written', () => {
  it('is written piece by piece, so that no segment or buffer holds it all', async () => {
    const { writer, at, end } = outage()
    await refuse(writer, 100)
    end()
    while (writer.waitingCount > 0) await systemClock.sleep(0)
    await writer.close()
    const sizes = readdirSync(at).map((name) => statSync(join(at, name)).size)
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThanOrEqual(100 * FRAME_BYTES)
    expect(Math.max(...sizes)).toBeLessThan(3 * SEGMENT_BYTES)
  })
})
