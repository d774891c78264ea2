import { afterEach, describe, expect, it, vi } from 'vitest'
import { lacking } from './needs.ts'

afterEach(() => void vi.unstubAllEnvs())

const system = process.platform === 'linux' ? '' : ' (skipped: Linux has the rules)'

describe.skipIf(system !== '')(`what a test lacks${system}`, () => {
  it('is what is not there', () => {
    vi.stubEnv('CI', '')
    const programs = ['sh', 'no-such-program', 'nor-this']
    expect(lacking({ programs })).toBe(' (skipped: needs no-such-program, nor-this)')
    expect(lacking({ programs: ['sh'] })).toBe('')
  })

  it('is no program in CI: the test then runs, and fails', () => {
    vi.stubEnv('CI', 'true')
    expect(lacking({ programs: ['no-such-program'] })).toBe('')
  })
})
