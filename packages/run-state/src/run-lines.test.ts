import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { parseRunRecordsFromFile } from './run-records.ts'

const directory = scratch()

async function parsed(bytes: string | Buffer) {
  const path = join(directory(), 'runs.txt')
  writeFileSync(path, bytes)
  const found = await parseRunRecordsFromFile(path)
  if (found.kind !== 'ok') throw new Error(found.kind)
  const problems = found.problems.map(({ line, kind }) => `${line} ${kind}`)
  return { runs: found.runs, problems, count: found.problemCount, first: found.problems[0] }
}

describe('a run file', () => {
  it('that is not there is missing', async () => {
    const path = join(directory(), 'runs.txt')
    expect(await parseRunRecordsFromFile(path)).toEqual({ kind: 'missing', path })
  })

  it('that cannot be read is an error', async () => {
    await expect(parseRunRecordsFromFile(directory())).rejects.toMatchObject({
      code: 'RUN_FILE_NOT_READ',
    })
  })

  it.each([
    ['superscript digits', '100\n²\n300\n', '2 not-digits'],
    ['digits of other scripts', '100\n١٢٣\n300\n', '2 not-digits'],
    ['a negative number', '100\n-5\n300\n', '2 not-digits'],
    ['a sign', '100\n+5\n300\n', '2 not-digits'],
    ['a float', '100\n1.5\n300\n', '2 not-digits'],
    ['two numbers in a line', '100\n1 2\n300\n', '2 not-digits'],
    ['a number above 2⁵³ − 1', '100\n9007199254740992\n300\n', '2 too-large'],
    ['a bad byte', Buffer.from('100\n2\xff0\n300\n', 'latin1'), '2 bad-bytes'],
    ['a byte of nothing', '100\n2\0\n300\n', '2 not-digits'],
    ['a line of 10 MB', `100\n${'7'.repeat(10_000_000)}\n300\n`, '2 too-long'],
  ])('with %s tells of that line, and reads the others', async (_, bytes, problem) => {
    expect(await parsed(bytes)).toMatchObject({ runs: [100, 300], problems: [problem], count: 1 })
  })

  it('with a byte order mark has its first run all the same, and the mark is told', async () => {
    const found = await parsed('\ufeff100\n200\n')
    expect(found).toMatchObject({ runs: [100, 200], problems: ['1 byte-order-mark'] })
  })

  it('may have white space around its numbers, empty lines, and the line ends of any system', async () => {
    const found = await parsed('  100\t\r\n\r\n200\r300\n   \n\n400')
    expect(found).toMatchObject({ runs: [100, 200, 300, 400], count: 0 })
  })

  it('counts line ends of every kind as one', async () => {
    expect((await parsed('1\r\n2\r3\nx')).problems).toEqual(['4 not-digits'])
  })

  it('keeps runs that are named twice, and zeros before a number', async () => {
    expect((await parsed('7\n007\n0\n')).runs).toEqual([7, 7, 0])
  })

  it('shows no more than the beginning of a long line', async () => {
    expect((await parsed('x'.repeat(5000))).first?.text).toBe(`${'x'.repeat(64)}…`)
  })

  it('lists the first thousand problems and counts all', async () => {
    const found = await parsed('x\n'.repeat(2500))
    expect([found.problems.length, found.count]).toEqual([1000, 2500])
  })

  it('may have a long tail of spaces behind a number', async () => {
    expect((await parsed(`5${' '.repeat(100_000)}\n6`)).runs).toEqual([5, 6])
  })
})
