import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const fixture = join(import.meta.dirname, 'last-timer.fixture.ts')

function outputOf(manner: string): string {
  const { status, stdout } = spawnSync(process.execPath, [fixture, manner], { encoding: 'utf8' })
  expect(status).toBe(0)
  return stdout
}

describe('a process with only a timer left', () => {
  it('waits for it', () => {
    expect(outputOf('keeps')).toBe('ran')
  })

  it('ends without it when it does not keep the process alive', () => {
    expect(outputOf('lets go')).toBe('')
  })
})
