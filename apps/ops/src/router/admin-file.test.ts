import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEY, writeAdminFile } from '../fixtures/router.fixture.ts'
import { checkOwner, readAdminFile } from './admin-file.ts'

const url = 'http://127.0.0.1:8080'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'holdfast-admin-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const codeOf = (): unknown => {
  try {
    readAdminFile(dataDir)
    return null
  } catch (error) {
    return (error as { code: unknown }).code
  }
}

describe('admin.json', () => {
  it('says where a router is, with its key', () => {
    writeAdminFile(dataDir, { url })
    expect(readAdminFile(dataDir)).toEqual({ url, pid: process.pid, key: KEY })
  })

  it('is missed without a word where no router runs', () => {
    expect(readAdminFile(dataDir)).toBeNull()
    expect(readAdminFile(join(dataDir, 'nowhere'))).toBeNull()
  })

  it.skipIf(process.platform === 'win32')(
    'is not trusted in any mode but 0600, which is named',
    () => {
      const path = writeAdminFile(dataDir, { url })
      for (const mode of [0o640, 0o604, 0o660, 0o666, 0o700]) {
        chmodSync(path, mode)
        expect(() => readAdminFile(dataDir)).toThrow(
          `${path} has mode 0${mode.toString(8)} and must`,
        )
        expect(codeOf()).toBe('OPS_UNSAFE')
      }
    },
  )

  it('is not trusted when it belongs to someone else', () => {
    expect(() => checkOwner('admin.json', { mode: 0o100600, uid: 1000 }, 1000)).not.toThrow()
    expect(() => checkOwner('admin.json', { mode: 0o100600, uid: 1001 }, 1000)).toThrow(
      'admin.json belongs to user 1001 and not to 1000, who calls',
    )
  })

  it.skipIf(process.platform === 'win32')('is not followed when it is a link', () => {
    const path = writeAdminFile(dataDir, { url })
    renameSync(path, `${path}.there`)
    symlinkSync(`${path}.there`, path)
    expect(codeOf()).toBe('OPS_UNSAFE')
  })

  it('is refused when it is none of a router that is known', () => {
    const path = writeAdminFile(dataDir, { url })
    const good = { version: 1, url, pid: 1, key: null }
    for (const content of [
      '{',
      'null',
      '{}',
      ...[{ version: 2 }, { url: 'here' }, { pid: '1' }, { key: 7 }].map((wrong) =>
        JSON.stringify({ ...good, ...wrong }),
      ),
    ]) {
      writeFileSync(path, content)
      expect([content, codeOf()]).toEqual([content, 'OPS_INTEGRITY'])
    }
  })
})
