import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { seededRandom } from '@holdfast/seams'
import { lacking, namesIn, scratch, trace } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { temporaryPath } from './file-names.ts'
import { startServant, type Servant } from './process.fixture.ts'
import type { Durability } from './replace-file.ts'

const directory = scratch()
const reason = lacking({ programs: ['strace'], root: true })

const KINDS = ['replace', 'replace-sync'] as const
type Kind = (typeof KINDS)[number]

/** A child that has already written the file once, so that only the one call is left to be seen. */
async function warmServant(path: string): Promise<Servant> {
  const servant = await startServant()
  for (const kind of KINDS) {
    const answer = await servant.ask({ do: kind, path, value: 'old' })
    if (answer.done === undefined) throw new Error(answer.message)
  }
  return servant
}

const SEED = 'system calls'

/** The name of the temporary file of a replacement with this seed. */
function temporaryName(servant: Servant, path: string): string {
  return basename(temporaryPath(path, servant.pid, seededRandom(SEED).hex(16)))
}

const CALLS =
  'trace=openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,fchmod,fchown'

/** The calls that one replacement makes on its directory and whatever is in there, in order. */
async function orderOf(kind: Kind, path: string, durability: Durability): Promise<string[]> {
  const at = dirname(path)
  const log = join(at, 'strace.log')
  await using servant = await warmServant(path)
  {
    // What is written is left out of the log, for our answer names the path too.
    await using _ = await trace(servant.pid, '-y', '-s', '0', '-o', log, '-e', CALLS)
    const options = { durability }
    expect(await servant.ask({ do: kind, path, value: 'new', options, seed: SEED })).toMatchObject({
      done: { kind: 'written' },
    })
  }
  return readFileSync(log, 'utf8')
    .replaceAll(temporaryName(servant, path), 'TMP')
    .split('\n')
    .filter((line) => line.includes(at))
    .flatMap((line) => {
      // When threads call at the same time, strace tells of a call twice; the first has all we look at.
      const call = /^\d+ +(\w+)\(/.exec(line)?.[1]
      if (call === undefined) return []
      const flags = /O_\w+(?:\|O_\w+)*/.exec(line)?.[0].replace('|O_CLOEXEC', '') ?? ''
      const names = line.replaceAll(at, 'DIR').match(/DIR[^">]*/g) ?? []
      return [call, ...new Set(names), flags].filter((part) => part !== '').join(' ')
    })
}

/**
 * Fails one call of a replacement with this seed, from now until disposed. Node.js makes the same calls
 * on files of its own at any time, and ends at once when waking its event loop fails: so only the calls
 * on `file`, named as in `orderOf`, are failed or counted.
 */
function inject(
  servant: Servant,
  path: string,
  injection: string,
  file: string,
): Promise<AsyncDisposable> {
  const full = file.replace('DIR', dirname(path)).replace('TMP', temporaryName(servant, path))
  const [call = ''] = injection.split(':')
  const filter = ['-P', full, '-e', `trace=${call}`, '-e', `inject=${injection}`]
  return trace(servant.pid, '-o', '/dev/null', ...filter)
}

describe.skipIf(reason !== '')(`the system calls of a replacement${reason}`, () => {
  const full = [
    'openat DIR/TMP O_WRONLY|O_CREAT|O_EXCL|O_TRUNC',
    'write DIR/TMP',
    'fsync DIR/TMP',
    'rename DIR/TMP DIR/state.json',
    'openat DIR O_RDONLY',
    'fsync DIR',
  ]

  it.each([
    ['replace', 'full', full],
    ['replace-sync', 'full', full],
    ['replace', 'atomic', full.slice(0, 4)],
    ['replace-sync', 'none', full.slice(0, 4).filter((call) => !call.startsWith('fsync'))],
  ] as const)('%s, %s: come in the order that lasts', async (kind, durability, order) => {
    expect(await orderOf(kind, join(directory(), 'state.json'), durability)).toEqual(order)
  })

  it('set owner and mode before anything is written, and long before the rename', async () => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, '1')
    chownSync(path, 65_534, 65_534)
    chmodSync(path, 0o2604) // Opening gives no such bit, so it takes a call of its own.
    const order = await orderOf('replace-sync', path, 'full')
    expect(order.slice(0, 4)).toEqual([
      'openat DIR/TMP O_WRONLY|O_CREAT|O_EXCL|O_TRUNC',
      'fchown DIR/TMP',
      'fchmod DIR/TMP',
      'write DIR/TMP',
    ])
  })
})

describe.skipIf(reason !== '')(`a system call that fails${reason}`, () => {
  const NOT_WRITTEN = 'JSON_NOT_WRITTEN'
  it.each([
    ['openat:error=ENOSPC:when=1', 'DIR/TMP', 'JSON_DISK_FULL'],
    ['openat:error=EIO:when=1', 'DIR/TMP', NOT_WRITTEN],
    ['openat:error=EACCES:when=1', 'DIR/TMP', 'JSON_PERMISSION'],
    ['openat:error=EROFS:when=1', 'DIR/TMP', 'JSON_READ_ONLY'],
    ['fchown:error=EIO:when=1', 'DIR/TMP', NOT_WRITTEN],
    ['fchmod:error=EIO:when=1', 'DIR/TMP', NOT_WRITTEN],
    ['write:error=EIO:when=1', 'DIR/TMP', NOT_WRITTEN],
    ['write:error=ENOSPC:when=1', 'DIR/TMP', 'JSON_DISK_FULL'],
    ['write:error=EDQUOT:when=1', 'DIR/TMP', 'JSON_DISK_FULL'],
    ['fsync:error=EIO:when=1', 'DIR/TMP', NOT_WRITTEN],
    ['fsync:error=ENOSPC:when=1', 'DIR/TMP', 'JSON_DISK_FULL'],
    ['statx:error=EIO:when=1', 'DIR/state.json', NOT_WRITTEN],
    ['statx:error=EIO:when=1', 'DIR/TMP', NOT_WRITTEN],
    ['statx:error=EIO:when=2', 'DIR/TMP', NOT_WRITTEN],
    ['close:error=EIO:when=1', 'DIR/TMP', NOT_WRITTEN],
    ['rename:error=EIO:when=1', 'DIR/TMP', NOT_WRITTEN],
    ['rename:error=ENOSPC:when=1', 'DIR/TMP', 'JSON_DISK_FULL'],
    ['openat:error=EMFILE:when=1', 'DIR', 'JSON_NOT_DURABLE'],
    ['fsync:error=EIO:when=1', 'DIR', 'JSON_NOT_DURABLE'],
  ] as const)('%s on %s: is %s', async (injection, file, code) => {
    const at = directory()
    const path = join(at, 'state.json')
    await using servant = await warmServant(path)
    chownSync(path, 65_534, 65_534)
    chmodSync(path, 0o2604) // Opening gives no such bit, so it takes a call of its own.
    {
      await using _ = await inject(servant, path, injection, file)
      const answer = await servant.ask({ do: 'replace-sync', path, value: 'new', seed: SEED })
      expect(answer).toMatchObject({ code, facts: [{ kind: 'json.write-failed', path, code }] })
    }
    const content = code === 'JSON_NOT_DURABLE' ? '"new"\n' : '"old"\n'
    expect([namesIn(at), readFileSync(path, 'utf8')]).toEqual([['state.json'], content])
    // The process is none the worse for it.
    expect(await servant.ask({ do: 'replace', path, value: 'newer' })).toMatchObject({
      done: { kind: 'written' },
    })
  })

  it.each(['fsync:error=EIO:when=1', 'rename:error=EIO:when=1'])(
    'on the thread pool, %s: leaves the old file and nothing else',
    async (injection) => {
      const at = directory()
      const path = join(at, 'state.json')
      await using servant = await warmServant(path)
      {
        await using _ = await inject(servant, path, injection, 'DIR/TMP')
        const answer = await servant.ask({ do: 'replace', path, value: 'new', seed: SEED })
        expect(answer).toMatchObject({ code: NOT_WRITTEN })
      }
      expect([namesIn(at), readFileSync(path, 'utf8')]).toEqual([['state.json'], '"old"\n'])
    },
  )
})
