import { mkdtempSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JOBS, nextAt, usualName } from '../schedule/job.ts'
import { targetOf } from '../schedule/targets.ts'
import { plannedBy } from './next-run.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-units-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const { at } = JOBS.promote
const run = (): Promise<never> => Promise.reject(new Error('nobody is asked'))

async function installed(target: 'systemd' | 'launchd') {
  const command = ['/usr/bin/node', 'main.js', 'promote', 'auto', '--data-dir', '/srv/run']
  const job = {
    ...JOBS.promote,
    name: usualName('promote'),
    command,
    account: null,
    log: '/srv/log',
  }
  const found = targetOf(target, job, { env: {}, uid: 0, root, run })
  for (const { store, installed: text } of found.parts) await store.write(text(null))
  return found
}

describe('the next run of the daily job', () => {
  it.each(['systemd', 'launchd'] as const)('is told by the files of %s', async (target) => {
    const found = await installed(target)
    expect(await plannedBy(found, '/srv/run', 0)).toBe(nextAt(at, 0))
    expect(await plannedBy(found, '/srv/another', 0)).toBeNull()
    rmSync(found.parts.at(-1)?.store.what ?? '')
    expect(await plannedBy(found, '/srv/run', 0)).toBeNull()
  })

  it('is not told of a timer that is switched off', async () => {
    const { id, parts, timeOf } = await installed('systemd')
    const [link, ...units] = parts
    unlinkSync(link?.store.what ?? '')
    expect(await plannedBy({ id, parts: units, timeOf }, '/srv/run', 0)).toBeNull()
  })
})
