import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import { chained } from './chain.ts'
import { filesIn } from './files.fixture.ts'
import type { Head } from './head.ts'
import { lineText } from './line.ts'
import { DAY_MS, decision, ledgerAt, NOON_MS, write } from './lines.fixture.ts'
import { readStats } from './read.ts'
import { verifyLedger } from './verify.ts'

const directory = scratch()

/** A ledger of one sealed segment of ten lines. */
async function sealed(): Promise<{ at: string; path: string; segment: string }> {
  const at = directory()
  await write(
    at,
    Array.from({ length: 10 }, (_, i) => decision(`d-${i}`)),
  )
  const [file = ''] = filesIn(at)
  return { at, path: join(at, file), segment: file.replace('.sealed.ndjson', '') }
}

/** A ledger of one writer with a sealed segment for each of these days. */
async function ledgerOfDays(days: number): Promise<string> {
  const at = directory()
  const { ledger, clock } = ledgerAt(at)
  for (let day = 0; day < days; day += 1) {
    clock.setWallMs(NOON_MS + day * DAY_MS)
    await ledger.append(decision(`d-${day}`, NOON_MS + day * DAY_MS))
  }
  await ledger.close()
  return at
}

/** Does something to the lines of a file. */
function edit(path: string, change: (lines: string[]) => void): void {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  change(lines)
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
}

async function found(at: string): Promise<string[]> {
  const { isSound, problems } = await verifyLedger(at)
  expect(isSound).toBe(problems.length === 0)
  return problems.map(({ kind, line, count }) => `${kind} ${line} ×${count}`)
}

describe('a ledger that is verified', () => {
  it('is sound when nobody touched it', async () => {
    const { at, segment } = await sealed()
    expect(await verifyLedger(at)).toEqual({
      isSound: true,
      lines: 10,
      segments: [{ segment, state: 'whole', lines: 10, behindLines: 0, tornBytes: 0 }],
      problems: [],
    })
  })

  it.each<[string, (lines: string[]) => void, string]>([
    ['changed', (lines) => (lines[3] = lines[3]!.replace('R2', 'R1')), 'changed 4 ×1'],
    ['removed', (lines) => lines.splice(3, 2), 'removed 4 ×2'],
    ['cut off', (lines) => lines.splice(7), 'removed 8 ×3'],
    ['added', (lines) => lines.splice(3, 0, '{"v":1}'), 'added 4 ×1'],
    ['reordered', (lines) => lines.splice(3, 0, ...lines.splice(4, 1)), 'reordered 5 ×1'],
  ])('shows a line that was %s, live and archived', async (_what, change, problem) => {
    const { at, path } = await sealed()
    edit(path, change)
    expect(await found(at)).toEqual([problem])
    const archived = await archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })
    expect(archived).toMatchObject({
      tampered: [expect.any(String)],
      archived: [expect.any(String)],
    })
    expect(await found(at)).toEqual([problem])
  })

  it('shows a segment that was removed', async () => {
    const { at, path } = await sealed()
    unlinkSync(path)
    expect(await found(at)).toEqual(['segment-missing 0 ×10'])
  })

  it('shows a segment that was put there, or has another name than it was written under', async () => {
    const { at, path, segment } = await sealed()
    const forged = segment.replace(/-0$/, '-1')
    renameSync(path, path.replace(segment, forged))
    expect(await found(at)).toEqual(['segment-missing 0 ×10', 'head-missing 0 ×10', 'changed 1 ×1'])
  })

  it('shows a head that was removed, or is none', async () => {
    const { at, segment } = await sealed()
    const head = join(at, 'heads', `${segment}.json`)
    const text = readFileSync(head, 'utf8')
    writeFileSync(head, text.slice(0, 20))
    expect(await found(at)).toEqual(['head-broken 0 ×10'])
    writeFileSync(head, '{"version":1}')
    expect(await found(at)).toEqual(['head-broken 0 ×10'])
    writeFileSync(head, text.replace(segment, segment.replace(/-0$/, '-1')))
    expect(await found(at)).toEqual(['head-broken 0 ×10'])
    unlinkSync(head)
    expect(await found(at)).toEqual(['head-missing 0 ×10'])
  })

  it.each<[string, (head: Head) => object]>([
    ['no time', () => ({ minMs: null, maxMs: null })],
    ['a later time', ({ minMs, maxMs }) => ({ minMs: minMs! + DAY_MS, maxMs: maxMs! + DAY_MS })],
    ['a shorter time', ({ maxMs }) => ({ minMs: maxMs })],
  ])(
    'shows a head that was given %s, so that readings pass over its lines',
    async (_what, edited) => {
      const at = directory()
      await write(at, [decision('a'), decision('b', NOON_MS + 5)])
      const path = join(at, 'heads', readdirSync(join(at, 'heads'))[0]!)
      const head = JSON.parse(readFileSync(path, 'utf8')) as Head
      writeFileSync(path, JSON.stringify({ ...head, ...edited(head) }))
      expect(await found(at)).toEqual(['head-changed 0 ×2'])
      await archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })
      expect(await found(at)).toEqual(['head-changed 0 ×2'])
    },
  )

  it('shows what comes after a final head: a line that fits, lines after a gap, a torn tail', async () => {
    const { at, path } = await sealed()
    const text = readFileSync(path, 'utf8')
    const [, hash = ''] = /"h":"(\w+)"\}\n$/.exec(text)!
    const forged = chained(hash, 11, lineText(decision('forged')).text)
    const next = chained(forged.hash, 12, lineText(decision('forged too')).text)
    writeFileSync(path, `${text}${forged.line}\n${next.line}\n`)
    expect(await found(at)).toEqual(['added 11 ×1', 'added 12 ×1'])
    writeFileSync(path, `${text}${next.line}\n`)
    expect(await found(at)).toEqual(['added 11 ×1'])
    writeFileSync(path, `${text}{"v":1`)
    expect(await found(at)).toEqual(['added 11 ×1'])
  })

  it('shows segments that were removed with their heads, by the numbers of their writer', async () => {
    const at = await ledgerOfDays(6)
    const segments = (await verifyLedger(at)).segments.map(({ segment }) => segment)
    const writer = segments[0]!.slice(11, -2)
    for (const gone of [0, 2, 3]) {
      rmSync(join(at, `${segments[gone]}.sealed.ndjson`))
      rmSync(join(at, 'heads', `${segments[gone]}.json`))
    }
    const { isSound, problems } = await verifyLedger(at)
    expect(isSound).toBe(false)
    expect(problems).toMatchObject([
      { segment: `${writer}-0`, kind: 'segment-missing', count: 0 },
      { segment: `${writer}-2..3`, kind: 'segment-missing', count: 0 },
    ])
    const missing = [`${writer}-0`, `${writer}-2..3`]
    expect(await readStats(at)).toMatchObject({ missingSegments: missing })
    await archiveLedger(at, { nowMs: NOON_MS + 20 * DAY_MS })
    expect(await readStats(at)).toMatchObject({ missingSegments: missing })
  })

  it('does not believe a record that says the newest months were removed for their age', async () => {
    const { at, path, segment } = await sealed()
    await write(at, [decision('other')], 'other')
    unlinkSync(path)
    const pruned = join(at, 'heads', 'pruned.json')
    for (const record of [
      { version: 1, before: '2099-01', writers: {} },
      { version: 1 },
      'no record',
    ]) {
      writeFileSync(pruned, JSON.stringify(record))
      expect(await found(at)).toEqual(['segment-missing 0 ×10'])
    }
    // A field that heads do not have changes nothing.
    const head = join(at, 'heads', `${segment}.json`)
    writeFileSync(head, readFileSync(head, 'utf8').replace('{', '{"isPruned":true,'))
    expect(await found(at)).toEqual(['segment-missing 0 ×10'])
  })

  it('shows a segment that was removed while its head was broken', async () => {
    const { at, path, segment } = await sealed()
    unlinkSync(path)
    writeFileSync(join(at, 'heads', `${segment}.json`), '{}')
    expect(await found(at)).toEqual(['segment-missing 0 ×0'])
  })

  it('shows an archived segment that cannot be unpacked', async () => {
    const { at } = await sealed()
    await archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })
    const path = join(at, filesIn(at)[0]!)
    const bytes = readFileSync(path)
    for (const place of [2, Math.floor(bytes.length / 2), bytes.length - 2]) {
      const turned = Buffer.from(bytes)
      turned[place]! ^= 4
      writeFileSync(path, turned)
      expect(await found(at)).toEqual(['unreadable 0 ×0'])
    }
    writeFileSync(path, bytes.subarray(0, bytes.length - 10))
    expect(await found(at)).toEqual(['unreadable 0 ×0'])
  })
})

/** A ledger whose head knows of the first of three lines, as after a kill. */
async function killed(): Promise<{ at: string; path: string; close: () => Promise<void> }> {
  const at = directory()
  const { ledger, clock } = ledgerAt(at)
  await ledger.append(decision('a'))
  await clock.advance(1000)
  const [file = ''] = filesIn(at)
  const head = join(at, 'heads', file.replace('.ndjson', '.json'))
  await expect.poll(() => readFileSync(head, 'utf8')).toContain('"lines":1')
  await ledger.append(decision('b'))
  await ledger.append(decision('c'))
  return { at, path: join(at, file), close: () => ledger.close() }
}

describe('what a crash leaves', () => {
  it('is a segment that goes on after its head, which is sound', async () => {
    const { at, close } = await killed()
    expect(await verifyLedger(at)).toMatchObject({
      isSound: true,
      segments: [{ state: 'behind', lines: 3, behindLines: 2 }],
    })
    await close()
  })

  it('is a torn tail, cut anywhere after the head, which is sound', async () => {
    const { at, path, close } = await killed()
    const text = readFileSync(path, 'utf8')
    const headed = text.indexOf('\n') + 1
    for (let end = headed; end <= text.length; end += 7) {
      writeFileSync(path, text.slice(0, end))
      expect((await verifyLedger(at)).isSound).toBe(true)
    }
    writeFileSync(path, text.slice(0, -1))
    expect(await verifyLedger(at)).toMatchObject({ segments: [{ state: 'torn', lines: 2 }] })
    await close()
  })

  it('is a tail of NUL, however long: the system wrote its size and not its bytes', async () => {
    for (const size of [10, 1024 * 1024 - 10, 3 * 1024 * 1024]) {
      const { at, path, close } = await killed()
      appendFileSync(path, Buffer.concat([Buffer.from('{"v":1'), Buffer.alloc(size)]))
      expect(await verifyLedger(at)).toMatchObject({
        isSound: true,
        segments: [{ state: 'torn', lines: 3, tornBytes: size + 6 }],
      })
      expect(await archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })).toMatchObject({
        tampered: [],
        cutBytes: size + 6,
      })
      await close()
    }
  })

  it('is never MiB of anything else without an end: that is told', async () => {
    const { at, path, close } = await killed()
    appendFileSync(path, Buffer.concat([Buffer.alloc(2 * 1024 * 1024), Buffer.from('x')]))
    expect(await found(at)).toEqual(['added 4 ×1'])
    await close()
  })

  it('is never a cut before the head: that is told', async () => {
    const { at, path, close } = await killed()
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.slice(0, text.indexOf('\n')))
    expect(await found(at)).toEqual(['removed 1 ×1'])
    writeFileSync(path, '')
    expect(await found(at)).toEqual(['removed 1 ×1'])
    await close()
  })

  it('is never a change after the head: that is told too', async () => {
    const { at, path, close } = await killed()
    edit(path, (lines) => (lines[2] = lines[2]!.replace('R2', 'R1')))
    expect(await found(at)).toEqual(['changed 3 ×1'])
    await close()
  })
})
