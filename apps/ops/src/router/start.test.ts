import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Settings } from '../config/settings.ts'
import { startCommand } from './start.ts'

let checkout: string
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'holdfast-checkout-'))
  mkdirSync(join(checkout, 'apps', 'router'), { recursive: true })
  writeFileSync(join(checkout, 'apps', 'router', 'package.json'), '{}')
})
afterAll(() => rmSync(checkout, { recursive: true }))

const start = (cwd: string, dataDir: string, origin?: 'environment' | 'flag'): string => {
  const origins = origin === undefined ? {} : { dataDir: { origin, by: '' } }
  return startCommand({ cwd, dataDir, settings: { origins } as Settings })
}

describe('what starts a router', () => {
  it('needs a configuration file, but for the one that is only tried', () => {
    expect(start(checkout, join(checkout, 'run'))).toBe('npm start -- --config <file>')
    expect(start(checkout, join(checkout, 'run', 'demo'))).toBe('npm start')
  })

  it('is told the data directory where it would take another', () => {
    const near = join(checkout, 'data')
    expect(start(checkout, near)).toBe('npm start -- --config <file> --data-dir data')
    expect(start(checkout, '/srv/run')).toBe('npm start -- --config <file> --data-dir /srv/run')
    expect(start(checkout, '/srv/run', 'environment')).toBe('npm start -- --config <file>')
    expect(start(checkout, '/srv/demo')).toBe('npm start -- --data-dir /srv')
    const ofVariable = start(checkout, join(checkout, 'run', 'demo'), 'environment')
    expect(ofVariable).toBe('npm start -- --data-dir run')
  })

  it('is the router by its own name where there is no checkout', () => {
    expect(start('/srv', '/srv/run')).toBe('holdfast-router --config <file>')
    expect(start('/srv', '/data', 'flag')).toBe('holdfast-router --config <file> --data-dir /data')
  })
})
