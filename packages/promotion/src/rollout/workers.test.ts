import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from '@holdfast/file-lock'
import { systemClock } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { clearedWorkers, livingWorkers } from './workers.ts'

const directory = scratch()

describe('the living workers', () => {
  it('are those with a lock, with what they said and since when they are quiet', async () => {
    const workers = directory()
    await using _one = await tryLock(join(workers, '1-ab.json'))
    await using _two = await tryLock(join(workers, '2-cd.json'))
    const file = { version: 1, worker: '1-ab', pid: 7 }
    writeFileSync(join(workers, '1-ab.json'), JSON.stringify(file))
    expect(await livingWorkers(workers, systemClock)).toMatchObject([
      { worker: '1-ab', pid: 7, file, quietMs: expect.any(Number) as number },
      { worker: '2-cd', pid: process.pid, file: null, quietMs: expect.any(Number) as number },
    ])
  })

  it('are looked at without a change; who clears removes what dead ones left', async () => {
    const workers = directory()
    const lock = await tryLock(join(workers, '3-ef.json'))
    await lock.release()
    utimesSync(join(workers, '3-ef.json.lock'), 0, 0)
    expect(await livingWorkers(workers, systemClock)).toEqual([])
    expect(readdirSync(workers)).toEqual(['3-ef.json.lock'])
    expect(await clearedWorkers(workers, systemClock)).toEqual([])
    expect(readdirSync(workers)).toEqual([])
  })

  it('are nobody where there is no directory, and unknown where there is a file', async () => {
    const workers = join(directory(), 'workers')
    expect(await livingWorkers(workers, systemClock)).toEqual([])
    writeFileSync(workers, '')
    await expect(livingWorkers(workers, systemClock)).rejects.toThrow('ENOTDIR')
  })
})
