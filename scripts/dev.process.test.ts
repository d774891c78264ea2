import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@holdfast/seams'
import { afterEach, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const fixture = join(import.meta.dirname, 'dev', 'tree.fixture.ts')
const isLinux = process.platform === 'linux'
const families: Family[] = []

interface Family {
  readonly shell: ChildProcess
  readonly devPid: number
  /** Pids of the processes that dev.mjs started and that still run. */
  readonly living: () => number[]
}

/** Starts three generations below dev.mjs below a shell, as `npm start` does, and waits for the last. */
async function family(manner: 'polite' | 'stubborn'): Promise<Family> {
  const token = `family-${systemRandom.hex(16)}`
  const command = `node scripts/dev.mjs exec node ${fixture} ${token} ${manner}; exit $?`
  const shell = spawn('sh', ['-c', command], {
    cwd: root,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const devPid = await new Promise<number>((resolve) => {
    shell.stdout.on('data', (data: Buffer) => {
      resolve(Number(/started by (\d+)/.exec(data.toString())?.[1]))
    })
  })
  const living = (): number[] => pidsWith(token).filter((pid) => ![shell.pid, devPid].includes(pid))
  const one = { shell, devPid, living }
  families.push(one)
  return one
}

function pidsWith(token: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(token)
      } catch {
        return false // It ended while we looked.
      }
    })
    .map(Number)
}

/** Waits until nothing of the family runs, and answers what still does; the limit is the test's own. */
async function survivors({ living }: Family): Promise<number[]> {
  while (living().length > 0) await systemClock.sleep(20)
  return living()
}

const ended = (shell: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    shell.on('exit', resolve)
  })

afterEach(() => {
  for (const { shell, devPid, living } of families.splice(0)) {
    for (const pid of [devPid, ...living(), shell.pid ?? 0]) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It had ended, as it should.
      }
    }
  }
})

describe.skipIf(!isLinux)('what dev.mjs has started (seen through /proc, so on Linux)', () => {
  it('is three processes before anything happens', async () => {
    expect((await family('polite')).living()).toHaveLength(3)
  })

  it('ends with Ctrl-C, a SIGINT to the whole group', async () => {
    const one = await family('polite')
    const code = ended(one.shell)
    process.kill(-(one.shell.pid ?? 0), 'SIGINT')
    expect(await survivors(one)).toEqual([])
    await code
  })

  it('ends when dev.mjs alone is told to by SIGTERM, and the exit code says so', async () => {
    const one = await family('polite')
    const code = ended(one.shell)
    process.kill(one.devPid, 'SIGTERM')
    expect(await survivors(one)).toEqual([])
    expect(await code).toBe(143)
  })

  it('ends when dev.mjs alone is told to by SIGINT', async () => {
    const one = await family('polite')
    process.kill(one.devPid, 'SIGINT')
    expect(await survivors(one)).toEqual([])
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'ends when %s ends the shell above it',
    async (signal) => {
      const one = await family('polite')
      one.shell.kill(signal)
      expect(await survivors(one)).toEqual([])
    },
  )

  it('is killed after a time of grace when it does not listen', async () => {
    const one = await family('stubborn')
    const code = ended(one.shell)
    process.kill(one.devPid, 'SIGTERM')
    expect(await survivors(one)).toEqual([])
    expect(await code).toBe(137)
  })
})
