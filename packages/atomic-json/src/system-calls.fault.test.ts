import { spawn } from 'node:child_process'
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import type { Command } from './commands.fixture.ts'
import { ended, lacking, startServant, type Servant } from './process.fixture.ts'
import { namesIn, scratch } from './scratch.fixture.ts'

const directory = scratch()
const reason = lacking({ programs: ['strace'], root: true })

/** Watches a process, or fails its system calls, from now until disposed. */
async function trace(pid: number, ...args: readonly string[]): Promise<AsyncDisposable> {
  const strace = spawn('strace', ['-f', '-p', String(pid), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  for await (const line of createInterface({ input: strace.stderr })) {
    said.push(line)
    if (line.includes('attached')) break
  }
  if (strace.exitCode !== null || said.length === 0) throw new Error(said.join('\n'))
  return { [Symbol.asyncDispose]: () => ended(strace, 'SIGINT') }
}

/** A child that has already written the file once, so that only the one call is left to be seen. */
async function warmServant(path: string): Promise<Servant> {
  const servant = await startServant()
  for (const kind of ['replace', 'replace-sync'] as const) {
    const answer = await servant.ask({ do: kind, path, value: 'old' })
    if (answer.done === undefined) throw new Error(answer.message)
  }
  return servant
}

const CALLS =
  'trace=openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,fchmod,fchown'

/** The calls that one command makes on its file and its directory, in order. */
async function orderOf(command: Command, path: string, at: string): Promise<string[]> {
  const log = join(at, 'strace.log')
  await using servant = await warmServant(path)
  {
    await using _ = await trace(servant.pid, '-y', '-o', log, '-e', CALLS)
    expect(await servant.ask(command)).toMatchObject({ done: { kind: 'written' } })
  }
  const temporary = /\.state\.json\.\d+\.[0-9a-f]{16}\.tmp/
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => temporary.test(line) || line.includes(`<${at}>`) || line.includes(`"${at}"`))
    .map((line) =>
      line
        .replace(/^\d+ +/, '')
        .replace(temporary, 'TMP')
        .replaceAll(at, 'DIR'),
    )
    .map((line) => {
      const [call = ''] = line.split('(')
      const flags = /O_\w+(?:\|O_\w+)*/.exec(line)?.[0].replace('|O_CLOEXEC', '') ?? ''
      const names = line.match(/DIR\/TMP|DIR\/state\.json|DIR(?=["'>])/g) ?? []
      return [call, ...new Set(names), flags].filter((part) => part !== '').join(' ')
    })
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
    const at = directory()
    const path = join(at, 'state.json')
    expect(
      await orderOf({ do: kind, path, value: 'new', options: { durability } }, path, at),
    ).toEqual(order)
  })

  it('set owner and mode before anything is written, and long before the rename', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    writeFileSync(path, '1')
    chownSync(path, 65_534, 65_534)
    chmodSync(path, 0o2604) // Opening gives no such bit, so it takes a call of its own.
    const order = await orderOf({ do: 'replace-sync', path, value: 'new' }, path, at)
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
    ['openat:error=ENOSPC:when=1', 'JSON_DISK_FULL'],
    ['openat:error=EIO:when=1', NOT_WRITTEN],
    ['openat:error=EACCES:when=1', 'JSON_PERMISSION'],
    ['openat:error=EROFS:when=1', 'JSON_READ_ONLY'],
    ['fchown:error=EIO:when=1', NOT_WRITTEN],
    ['fchmod:error=EIO:when=1', NOT_WRITTEN],
    ['write:error=EIO:when=1', NOT_WRITTEN],
    ['write:error=ENOSPC:when=1', 'JSON_DISK_FULL'],
    ['write:error=EDQUOT:when=1', 'JSON_DISK_FULL'],
    ['fsync:error=EIO:when=1', NOT_WRITTEN],
    ['fsync:error=ENOSPC:when=1', 'JSON_DISK_FULL'],
    ['statx:error=EIO:when=1', NOT_WRITTEN],
    ['statx:error=EIO:when=2', NOT_WRITTEN],
    ['statx:error=EIO:when=3', NOT_WRITTEN],
    ['close:error=EIO:when=1', NOT_WRITTEN],
    ['rename:error=EIO:when=1', NOT_WRITTEN],
    ['rename:error=ENOSPC:when=1', 'JSON_DISK_FULL'],
    ['openat:error=EMFILE:when=2', 'JSON_NOT_DURABLE'],
    ['fsync:error=EIO:when=2', 'JSON_NOT_DURABLE'],
  ] as const)('%s: is %s', async (injection, code) => {
    const at = directory()
    const path = join(at, 'state.json')
    await using servant = await warmServant(path)
    chownSync(path, 65_534, 65_534)
    chmodSync(path, 0o2604) // Opening gives no such bit, so it takes a call of its own.
    {
      const [call = ''] = injection.split(':')
      const args = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${injection}`]
      await using _ = await trace(servant.pid, ...args)
      const answer = await servant.ask({ do: 'replace-sync', path, value: 'new' })
      expect(answer).toMatchObject({ code, facts: [{ kind: 'json.write-failed', path, code }] })
    }
    const content = code === 'JSON_NOT_DURABLE' ? '"new"\n' : '"old"\n'
    expect([namesIn(at), readFileSync(path, 'utf8')]).toEqual([['state.json'], content])
    // The process is none the worse for it.
    expect(await servant.ask({ do: 'replace', path, value: 'newer' })).toMatchObject({
      done: { kind: 'written' },
    })
  })

  it.each([
    ['fsync', 'fsync:error=EIO', NOT_WRITTEN],
    ['rename', 'rename:error=EIO:when=1', NOT_WRITTEN],
  ])(
    'on the thread pool, %s: leaves the old file and nothing else',
    async (call, injection, code) => {
      const at = directory()
      const path = join(at, 'state.json')
      await using servant = await warmServant(path)
      {
        const args = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${injection}`]
        await using _ = await trace(servant.pid, ...args)
        expect(await servant.ask({ do: 'replace', path, value: 'new' })).toMatchObject({ code })
      }
      expect([namesIn(at), readFileSync(path, 'utf8')]).toEqual([['state.json'], '"old"\n'])
    },
  )
})
