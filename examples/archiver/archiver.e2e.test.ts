import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { press } from './presses.ts'

const made: string[] = []
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Folders with these records. */
function folders(...runs: readonly number[]) {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-archiver-'))
  made.push(root)
  const [source, destination, state] = ['source', 'destination', 'state'].map((name) =>
    join(root, name),
  ) as [string, string, string]
  mkdirSync(source)
  const put = (...more: readonly number[]): void => {
    for (const run of more) writeFileSync(join(source, `${run}.rec`), `record ${run}`)
  }
  put(...runs)
  const arrived = (): number[] =>
    existsSync(destination)
      ? readdirSync(destination)
          .filter((name) => !name.startsWith('.'))
          .map((name) => Number.parseInt(name, 10))
          .toSorted((a, b) => a - b)
      : []
  const log = (): string => readFileSync(join(state, 'import_failures.log'), 'utf8')
  const marks = (): unknown => {
    const text = readFileSync(join(state, 'importer_state.json'), 'utf8')
    const { last_contiguous_run: contiguous, last_attempted_run: attempted } = JSON.parse(text)
    return [contiguous, attempted]
  }
  return { source, destination, state, put, arrived, log, marks }
}

type Folders = ReturnType<typeof folders>

const argumentsOf = ({ source, destination, state }: Folders, ...options: readonly string[]) => [
  join(import.meta.dirname, 'main.ts'),
  ...options,
  source,
  destination,
  state,
]

/** Runs the archiver to its end. */
function archiver(at: Folders, ...options: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, argumentsOf(at, ...options), {
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { status, stdout, stderr }
}

/** Starts it, to be spoken to by signals. */
function started(at: Folders, ...options: readonly string[]) {
  const child = spawn(process.execPath, argumentsOf(at, ...options), {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let complaint = ''
  child.stderr.on('data', (text) => (complaint += String(text)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const heard: string[] = []
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const hear = async (text: string): Promise<void> => {
    while (!heard.some((line) => line.includes(text))) {
      const next = await lines.next()
      if (next.done === true) throw new Error(`it ended without "${text}": ${heard.join('; ')}`)
      heard.push(next.value)
    }
  }
  const rest = async (): Promise<void> => {
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      heard.push(next.value)
    }
  }
  return { child, ended, heard, hear, rest, complaint: () => complaint }
}

/** A record that is being copied for as long as the test likes: a pipe that nobody has written to. */
function slowRecord({ source }: Folders, run: number): () => void {
  const path = join(source, `${run}.rec`)
  rmSync(path, { force: true })
  const { status } = spawnSync('mkfifo', [path])
  if (status !== 0) throw new Error('no mkfifo')
  return () => writeFileSync(path, `record ${run}`)
}

const row = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('the archiver', () => {
  it('copies everything, and the next start finds nothing to do: exit code 0', () => {
    const at = folders(...row(19500, 19520))
    expect(archiver(at)).toMatchObject({ status: 0, stderr: '' })
    expect(at.arrived()).toEqual(row(19500, 19520))
    expect(readFileSync(join(at.destination, '19507.rec'), 'utf8')).toBe('record 19507')
    expect(at.marks()).toEqual([19520, 19520])
    const again = archiver(at)
    expect([again.status, again.stdout]).toEqual([0, '0 copied, 0 failed\n'])
  })

  it('copies only what is new when it is incremental', () => {
    const at = folders(...row(1, 5))
    archiver(at)
    rmSync(join(at.destination, '3.rec'))
    at.put(6, 7)
    expect(archiver(at, '--incremental').stdout).toContain('2 copied')
    expect(at.arrived()).toEqual([1, 2, 4, 5, 6, 7])
  })

  it('takes a batch at a time when it is incremental, and ten when it is not', () => {
    const at = folders(...row(1, 40))
    const batch = ['--batch-size', '3'] as const
    expect(archiver(at, '--incremental', ...batch).stdout).toContain(
      '3 copied, 0 failed\n37 more to copy: start it again with the same arguments\n',
    )
    expect(archiver(at, ...batch).stdout).toContain('30 copied, 0 failed\n7 more to copy')
    const last = archiver(at, ...batch)
    expect(last.stdout).toContain('7 copied, 0 failed\n')
    expect(last.stdout).not.toContain('more to copy')
  })

  it('copies what is new first, so that what fails never stands in the way', () => {
    const at = folders(...row(11, 20))
    for (const run of row(1, 10)) mkdirSync(join(at.source, `${run}.rec`))
    for (const _ of [1, 2]) expect(archiver(at, '--batch-size', '1').status).toBe(1)
    expect(at.arrived()).toEqual(row(11, 20))
  })

  it('keeps the names of records, whatever zeros they begin with', () => {
    const at = folders(3)
    for (const name of ['0001.rec', '002.rec']) writeFileSync(join(at.source, name), name)
    expect(archiver(at)).toMatchObject({ status: 0, stderr: '' })
    expect(readdirSync(at.destination).toSorted()).toEqual(['0001.rec', '002.rec', '3.rec'])
    expect(at.marks()).toEqual([3, 3])

    writeFileSync(join(at.source, '03.rec'), 'another')
    const twice = archiver(at)
    expect([twice.status, twice.stderr]).toEqual([1, expect.stringContaining('two records 3')])
  })

  it('leaves no half of a record that failed', () => {
    const at = folders(1)
    mkdirSync(join(at.source, '2.rec'))
    mkdirSync(join(at.destination, '1.rec'), { recursive: true })
    expect(archiver(at).status).toBe(1)
    expect(readdirSync(at.destination)).toEqual(['1.rec'])
    expect(at.log()).toBe('1\n2\n')
  })

  it('goes on after a failed run, writes it down, and ends with exit code 1', () => {
    const at = folders(...row(100, 110))
    rmSync(join(at.source, '106.rec'))
    mkdirSync(join(at.source, '106.rec'))
    expect(archiver(at).status).toBe(1)
    expect([at.marks(), at.log()]).toEqual([[105, 110], '106\n'])
    const incremental = archiver(at, '--incremental')
    expect([incremental.status, incremental.stdout]).toEqual([1, '0 copied, 1 failed\n'])

    rmSync(join(at.source, '106.rec'), { recursive: true })
    at.put(106)
    expect(archiver(at, '--retry-failed', '--retry-wait-ms', '0').status).toBe(0)
    expect([at.marks(), at.log()]).toEqual([[110, 110], ''])
  })

  it('tries a run as often as it may, and no more', () => {
    const at = folders(1, 3)
    mkdirSync(join(at.source, '2.rec'))
    archiver(at)
    const again = ['--retry-failed', '--retry-wait-ms', '0'] as const
    for (const _ of [1, 2]) {
      expect(archiver(at, ...again).stdout.match(/failed 2:/g)).toHaveLength(3)
    }
    const report = archiver(at, '--report')
    expect(report.stdout).toBe(
      'done: 2, without a gap up to 1; tried up to 3; failed: 1\nfailed 7 times: 2\ngap: 2 to 2\n',
    )

    // However often it failed, it is tried again at the next start, and by now the source is mended.
    rmSync(join(at.source, '2.rec'), { recursive: true })
    at.put(2)
    expect(archiver(at, ...again).stdout).toContain('1 copied, 0 failed')
    expect([at.arrived(), at.marks()]).toEqual([
      [1, 2, 3],
      [3, 3],
    ])
  })

  it('does not retry what someone has brought over meanwhile', () => {
    const at = folders(1, 3)
    mkdirSync(join(at.source, '2.rec'))
    archiver(at)
    writeFileSync(join(at.destination, '2.rec'), 'by hand')
    const retry = archiver(at, '--retry-failed')
    expect([retry.status, retry.stdout]).toEqual([0, '0 copied, 0 failed\n'])
    expect(at.marks()).toEqual([3, 3])
  })

  it('refuses a corrupt state, and recovers it from both folders when asked to', () => {
    const at = folders(...row(100, 110))
    archiver(at)
    rmSync(join(at.destination, '104.rec'))
    writeFileSync(join(at.state, 'importer_state.json'), '{"last_contiguous_run": 1')
    const refused = archiver(at)
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('not JSON')])

    const recovered = archiver(at, '--recover-state')
    expect(recovered.stdout).toContain('is kept as')
    expect(recovered.stdout).toContain('1 have not arrived; --retry-failed copies them')
    expect(recovered.stdout).not.toContain(' copied')
    expect([recovered.status, at.marks(), at.log()]).toEqual([1, [103, 110], '104\n'])
    expect(archiver(at, '--retry-failed').status).toBe(0)
    expect(at.marks()).toEqual([110, 110])
  })

  it('tells what it cannot use: exit code 1', () => {
    const at = folders(1)
    for (const options of [
      ['--wrokers', '2'],
      ['--workers', '0'],
      ['--workers', ''],
      ['--report', '--incremental'],
    ]) {
      expect(archiver(at, ...options)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('usage'),
      })
    }
    rmSync(at.source, { recursive: true })
    expect(archiver(at)).toMatchObject({
      status: 1,
      stderr: `the source ${at.source} is not there\n`,
    })
    expect(readdirSync(join(at.source, '..'))).toEqual([])
  })

  it('says how it is used when it is asked: exit code 0', () => {
    const asked = archiver(folders(1), '--help')
    expect(asked).toMatchObject({ status: 0, stderr: '' })
    expect(asked.stdout).toContain('--retry-failed')
  })

  it('does not begin anew in an empty folder where one with records was', () => {
    const at = folders(...row(1, 3))
    archiver(at)
    rmSync(at.destination, { recursive: true })
    at.put(4)
    for (const options of [[], ['--incremental'], ['--retry-failed'], ['--recover-state']]) {
      const refused = archiver(at, ...options)
      expect(refused).toMatchObject({
        status: 1,
        stderr: `the destination ${at.destination} is not there\n`,
      })
    }
    expect([existsSync(at.destination), at.marks()]).toEqual([false, [3, 3]])
  })

  it('goes on to its end when nobody reads what it says any more', () => {
    const at = folders(...row(1, 200))
    const command = `"$0" "$@" | head -1; exit "\${PIPESTATUS[0]}"`
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-c', command, process.execPath, ...argumentsOf(at)],
      {
        encoding: 'utf8',
        timeout: 60_000,
      },
    )
    expect([status, stdout, stderr]).toEqual([0, 'copying 1\n', ''])
    expect([at.arrived().length, at.marks()]).toEqual([200, [200, 200]])
  })
})

describe('an archiver at work', () => {
  it('keeps a second one out: exit code 1, and the first one goes on', async () => {
    const at = folders(1, 2, 3)
    const release = slowRecord(at, 2)
    const first = started(at)
    await first.hear('copying 2')
    const second = archiver(at)
    expect([second.status, second.stdout]).toEqual([1, ''])
    release()
    expect(await first.ended).toEqual([0, null])
    expect(at.arrived()).toEqual([1, 2, 3])
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'finishes what it copies after one %s, begins nothing more, loses nothing, and ends with 130',
    async (signal) => {
      const at = folders(...row(101, 110))
      const releases = [slowRecord(at, 103), slowRecord(at, 104)]
      const archiving = started(at)
      await archiving.hear('copying 103')
      await archiving.hear('copying 104')
      archiving.child.kill(signal)
      await archiving.hear('stopping')
      for (const release of releases) release()
      await archiving.rest()
      expect(await archiving.ended).toEqual([130, null])
      expect(archiving.heard.slice(-3)).toEqual([
        '4 copied, 0 failed',
        '6 more to copy: start it again with the same arguments',
        'interrupted: what was at work is finished and recorded, and the next start goes on',
      ])
      expect(archiving.heard.filter((line) => line.startsWith('copied')).toSorted()).toEqual(
        row(101, 104).map((run) => `copied ${run}`),
      )
      expect([at.arrived(), at.marks()]).toEqual([row(101, 104), [104, 104]])
      expect(archiver(at, '--incremental').status).toBe(0)
      expect([at.arrived(), at.marks()]).toEqual([row(101, 110), [110, 110]])
    },
  )

  it('is gone at once after three Ctrl-C within 2 s, though a copy hangs, and the next start mends it', async () => {
    const at = folders(...row(1, 6))
    slowRecord(at, 3)
    const archiving = started(at, '--workers', '1')
    await archiving.hear('copying 3')
    for (const count of [1, 2, 3]) {
      archiving.child.kill('SIGINT')
      if (count < 3) await archiving.hear(`(${count} of 3)`)
    }
    await archiving.rest()
    expect(await archiving.ended).toEqual([null, 'SIGINT'])
    expect(archiving.heard.at(-1)).toContain('interrupted: leaving at once')
    expect([at.arrived(), at.marks()]).toEqual([
      [1, 2],
      [2, 2],
    ])
    rmSync(join(at.source, '3.rec'))
    at.put(3)
    expect(archiver(at).status).toBe(0)
    expect([at.arrived(), at.marks()]).toEqual([row(1, 6), [6, 6]])
  })

  it('that is killed loses nothing that it said was copied', async () => {
    const at = folders(...row(1, 40))
    slowRecord(at, 20)
    const archiving = started(at, '--workers', '1')
    await archiving.hear('copying 20')
    archiving.child.kill('SIGKILL')
    await archiving.ended
    expect(at.marks()).toEqual([19, 19])
    rmSync(join(at.source, '20.rec'))
    at.put(20)
    expect(archiver(at).status).toBe(0)
    expect(at.marks()).toEqual([40, 40])
  })

  it('takes a record for absent when it alone has gone from the source', async () => {
    const at = folders(...row(1, 4))
    const release = slowRecord(at, 2)
    const archiving = started(at, '--workers', '1')
    await archiving.hear('copying 2')
    rmSync(join(at.source, '3.rec'))
    release()
    await archiving.rest()
    expect(await archiving.ended).toEqual([0, null])
    expect(archiving.heard).toContain('gone 3: it is not in the source any more')
    expect([at.arrived(), at.marks()]).toEqual([
      [1, 2, 4],
      [4, 4],
    ])
  })

  it.each(['destination', 'source'] as const)(
    'ends when the %s goes away: no record is to blame, and no mark moves',
    async (folder) => {
      const at = folders(...row(1, 6))
      slowRecord(at, 2)
      const archiving = started(at, '--workers', '1')
      await archiving.hear('copying 2')
      // Open once the archiver has opened it too.
      const slow = openSync(join(at.source, '2.rec'), 'w')
      renameSync(at[folder], `${at[folder]}-gone`)
      writeSync(slow, 'record 2')
      closeSync(slow)
      await archiving.rest()
      expect(await archiving.ended).toEqual([1, null])
      expect(archiving.complaint()).toBe(`the ${folder} ${at[folder]} is not there\n`)
      const last = folder === 'source' ? 2 : 1
      expect([at.marks(), at.log()]).toEqual([[last, last], ''])

      renameSync(`${at[folder]}-gone`, at[folder])
      rmSync(join(at.source, '2.rec'))
      at.put(2)
      expect(archiver(at).status).toBe(0)
      expect([at.arrived(), at.marks()]).toEqual([row(1, 6), [6, 6]])
    },
  )

  it('stops when its lock is taken away: exit code 1', async () => {
    const at = folders(1, 2, 3)
    const release = slowRecord(at, 2)
    const archiving = started(at, '--workers', '1')
    await archiving.hear('copying 2')
    rmSync(join(at.state, '.archiver.lock'), { recursive: true })
    await archiving.hear('the lock was lost')
    release()
    expect(await archiving.ended).toEqual([1, null])
    expect(at.arrived()).toEqual([1, 2])
  })
})

/** What each of the presses at these moments means, in ms. */
const meanings = (...moments: readonly number[]): string[] => {
  let recentMs: readonly number[] = []
  return moments.map((atMs) => {
    const pressed = press(recentMs, atMs)
    recentMs = pressed.recentMs
    return pressed.meaning
  })
}

describe('presses of Ctrl-C', () => {
  it('mean that it shall finish, and three within 2 s that it shall leave', () => {
    expect(meanings(0, 1000, 2000)).toEqual(['finish', 'finish', 'leave'])
  })

  it('that are further apart never mean leaving', () => {
    expect(meanings(0, 1500, 3001, 4502)).toEqual(['finish', 'finish', 'finish', 'finish'])
  })

  it('count again once the early ones are past', () => {
    expect(meanings(0, 5000, 5500, 6000)).toEqual(['finish', 'finish', 'finish', 'leave'])
  })
})
