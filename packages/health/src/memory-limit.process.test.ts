import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, run } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'

const MIB = 2 ** 20
const V1 = '/sys/fs/cgroup/memory'
const V2 = '/sys/fs/cgroup'
const name = `holdfast-health-${process.pid}`

/** The file of a group's limit, below the mount of the version that limits memory here; null where none does. */
function limitFile(): string | null {
  if (existsSync(join(V1, 'memory.limit_in_bytes'))) return join(V1, name, 'memory.limit_in_bytes')
  const delegated = join(V2, 'cgroup.subtree_control')
  const isThere = existsSync(delegated) && readFileSync(delegated, 'utf8').includes('memory')
  return isThere ? join(V2, name, 'memory.max') : null
}

/** Why no group with a limit can be made here. */
function lackingGroup(): string {
  const needs = lacking({ root: true })
  const file = limitFile()
  if (needs !== '' || file === null) return needs || ' (skipped: no memory limits here)'
  try {
    mkdirSync(join(file, '..'))
    rmdirSync(join(file, '..'))
    return ''
  } catch {
    return ' (skipped: control groups are read-only here)'
  }
}

const missing = lackingGroup()

describe(`a process with a limit of its own${missing}`, () => {
  it.skipIf(missing !== '')('is measured by it, and degraded when it has filled most of it', () => {
    const file = limitFile() ?? ''
    const group = join(file, '..')
    mkdirSync(group)
    try {
      writeFileSync(file, String(640 * MIB))
      const fixture = join(import.meta.dirname, 'filling.fixture.ts')
      const enter = `echo $$ > ${group}/cgroup.procs && exec "$@"`
      const said = run('sh', '-c', enter, 'sh', process.execPath, fixture, '520')
      expect(JSON.parse(said)).toMatchObject({
        before: { status: 'ok', details: { of: 'control group', limitBytes: 640 * MIB } },
        after: { status: 'degraded', details: { of: 'control group', limitBytes: 640 * MIB } },
      })
    } finally {
      rmdirSync(group)
    }
  })
})
