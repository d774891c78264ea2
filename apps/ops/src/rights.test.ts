import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { closedAt, closedNext, closedText, explained, type Closed } from './rights.ts'

const closed: Closed = { path: '/srv/run', isDirectory: true, mode: 0o700, owner: 1000, caller: 33 }

describe('what may not be used', () => {
  it('is told with whose it is, and who asked', () => {
    expect(closedText(closed, 'the data directory')).toBe(
      'the data directory /srv/run is closed to user 33: it belongs to user 1000, with mode 700',
    )
    expect(closedText({ ...closed, owner: 0 })).toContain('belongs to root')
    expect(closedText({ ...closed, owner: null, caller: null })).toBe(
      '/srv/run is closed to this user',
    )
  })

  it('is opened by its owner, for himself or by being asked as him', () => {
    expect(closedNext(closed)[0]).toBe("sudo -u '#1000' holdfast …")
    expect(closedNext({ ...closed, owner: 0 })[0]).toBe('sudo holdfast …')
    expect(closedNext({ ...closed, owner: 33 })).toEqual(['chmod u+rwx /srv/run'])
    expect(closedNext({ ...closed, owner: 33, isDirectory: false })).toEqual([
      'chmod u+rw /srv/run',
    ])
  })

  it('is found behind the error of a package, and one that is told already stays as it is', () => {
    const refused = Object.assign(new Error('EACCES'), { code: 'EACCES', path: '/srv/none' })
    const told = explained(new Error('the ledger', { cause: refused }))
    expect(told).toMatchObject({ code: 'OPS_UNREADABLE', cause: { message: 'the ledger' } })
    expect(explained(told)).toBe(told)
  })

  it('is the directory, for a file that is not there yet', () => {
    const { dirname } = import.meta
    expect(closedAt(join(dirname, 'none', 'either')).path).toBe(dirname)
    expect(closedAt(import.meta.filename).path).toBe(import.meta.filename)
  })

  it('is nothing else that fails', () => {
    const error = Object.assign(new Error('gone'), { code: 'ENOENT', path: '/srv/run' })
    expect(explained(error)).toBe(error)
    expect(explained(null)).toBeNull()
  })
})
