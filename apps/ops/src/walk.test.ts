import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { walk } from './walk.ts'

const directory = scratch()

describe('a walk through a directory', () => {
  it('sees what stays, while directories come and go as backups and locks do', async () => {
    const top = directory()
    await mkdir(join(top, 'stays', 'inside'), { recursive: true })
    const over = new AbortController()
    const coming = async (name: string): Promise<void> => {
      while (!over.signal.aborted) {
        await mkdir(join(top, name, 'a', 'b'), { recursive: true })
        await rm(join(top, name), { recursive: true })
      }
    }
    const others = ['one', 'two', 'three', 'four'].map(coming)
    try {
      for (let turn = 0; turn < 300; turn += 1) {
        const { entries, closed } = await walk(top)
        expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['stays', 'inside']))
        expect(closed).toEqual([])
      }
    } finally {
      over.abort()
      await Promise.all(others)
    }
  })

  it('finds nothing where nothing is', async () => {
    expect(await walk(join(directory(), 'nowhere'))).toEqual({ entries: [], closed: [] })
  })
})
