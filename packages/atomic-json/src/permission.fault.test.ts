import { chmodSync, chownSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, namesIn, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { startServant } from './process.fixture.ts'
import { readJson } from './read.ts'
import { replaceJson, replaceJsonSync } from './replace.ts'

const directory = scratch()
const NOBODY = 65_534
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

/** A directory with a file in it, both open to everyone. */
function open(): { at: string; path: string } {
  const at = directory()
  const path = join(at, 'state.json')
  writeFileSync(path, '"old"\n')
  chmodSync(at, 0o777)
  chmodSync(path, 0o666)
  return { at, path }
}

const users = lacking({ programs: ['setpriv'], root: true })

describe.skipIf(users !== '')(`a process without rights${users}`, () => {
  it('is refused in a directory it may not write, and the old file stays', async () => {
    const { at, path } = open()
    chmodSync(at, 0o555)
    await using servant = await startServant({ wrapper: asNobody })
    for (const kind of ['replace', 'replace-sync'] as const) {
      const answer = await servant.ask({ do: kind, path, value: 'new' })
      expect(answer).toMatchObject({ code: 'JSON_PERMISSION' })
    }
    expect([namesIn(at), readFileSync(path, 'utf8')]).toEqual([['state.json'], '"old"\n'])
  })

  it('is told that it may not read, which is not the same as no file', async () => {
    const { at, path } = open()
    chmodSync(path, 0o600)
    await using servant = await startServant({ wrapper: asNobody })
    const options = { onCorrupt: 'backup' as const }
    expect(await servant.ask({ do: 'read', path, options })).toMatchObject({
      code: 'JSON_PERMISSION',
    })
    chmodSync(path, 0o666)
    chmodSync(at, 0o600)
    expect(await servant.ask({ do: 'read', path, options })).toMatchObject({
      code: 'JSON_PERMISSION',
    })
  })

  it("replaces another's file where it may, says that the owner changed, and lends no rights", async () => {
    const { path } = open()
    chmodSync(path, 0o4666)
    await using servant = await startServant({ wrapper: asNobody })
    expect(await servant.ask({ do: 'replace', path, value: 'new' })).toMatchObject({
      done: { kind: 'written' },
      facts: [{ kind: 'json.owner-changed' }, { kind: 'json.replaced' }],
    })
    const { uid, mode } = statSync(path)
    expect([uid, mode & 0o7777]).toEqual([NOBODY, 0o666])
  })

  it('goes on with the default when it may not move a bad file, and says so', async () => {
    const { at, path } = open()
    writeFileSync(path, 'bad')
    writeFileSync(`${path}.bak.1`, '"earlier"\n')
    chmodSync(at, 0o555)
    await using servant = await startServant({ wrapper: asNobody })
    const answer = await servant.ask({ do: 'read', path, options: { onCorrupt: 'backup' } })
    expect(answer).toMatchObject({
      done: {
        kind: 'ok',
        value: 'earlier',
        source: { kind: 'generation', instead: { keptAt: null } },
      },
      facts: [{ kind: 'json.aside-failed' }, { kind: 'json.corrupt' }, { kind: 'json.recovered' }],
    })
    expect(readFileSync(path, 'utf8')).toBe('bad')
  })
})

describe.skipIf(users !== '')(`root${users}`, () => {
  it.each(['itself', 'through a link'])(
    "keeps the owner and the mode of another's file, named %s",
    async (how) => {
      const { at, path } = open()
      chownSync(path, NOBODY, NOBODY)
      chmodSync(path, 0o2640)
      symlinkSync('state.json', join(at, 'link.json'))
      const name = how === 'itself' ? path : join(at, 'link.json')
      replaceJsonSync(name, 'new')
      await replaceJson(name, 'newer')
      const { uid, gid, mode } = statSync(path)
      expect([uid, gid, mode & 0o7777]).toEqual([NOBODY, NOBODY, 0o2640])
      expect(readFileSync(path, 'utf8')).toBe('"newer"\n')
    },
  )
})

const mounts = lacking({ programs: ['mount', 'umount', 'chattr'], root: true })

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code

/** What comes of replacing the file both ways, and what is left. */
async function outcome(at: string): Promise<unknown> {
  const path = join(at, 'state.json')
  const later = await replaceJson(path, 'new').catch(codeOf)
  let now: unknown
  try {
    now = replaceJsonSync(path, 'new')
  } catch (error) {
    now = codeOf(error)
  }
  const read = await readJson(path)
  return { codes: [later, now], names: namesIn(at), value: read.kind === 'ok' ? read.value : read }
}

const refused = (code: string): unknown => ({
  codes: [code, code],
  names: ['state.json'],
  value: 'old',
})

describe.skipIf(mounts !== '')(`a directory that cannot be changed${mounts}`, () => {
  it('is read-only when its mount is', async () => {
    const { at } = open()
    run('mount', '--bind', at, at)
    try {
      run('mount', '-o', 'remount,ro,bind', at)
      expect(await outcome(at)).toEqual(refused('JSON_READ_ONLY'))
    } finally {
      run('umount', at)
    }
  })

  it('is forbidden when it is immutable', async (context) => {
    const { at } = open()
    try {
      run('chattr', '+i', at)
    } catch {
      context.skip('the file system of the temporary directory knows no immutable files')
    }
    try {
      expect(await outcome(at)).toEqual(refused('JSON_PERMISSION'))
    } finally {
      run('chattr', '-i', at)
    }
  })
})
