import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../envelope.ts'
import { MAIN, runCli } from '../fixtures/cli.fixture.ts'
import { hashesOf } from '../fixtures/data-directory.fixture.ts'
import { machine, type Machine } from '../fixtures/schedulers.fixture.ts'
import type { ScheduleShown } from './schedule-status.ts'

const TARGETS = ['systemd', 'cron', 'launchd', 'windows'] as const
type Target = (typeof TARGETS)[number]
const PROGRAM_OF: Readonly<Record<Target, string>> = {
  systemd: 'systemctl',
  cron: 'crontab',
  launchd: 'launchctl',
  windows: 'schtasks',
}

const schedule = (on: Machine, verb: string, target: Target, ...more: string[]) =>
  on.run('schedule', verb, '--target', target, ...more)

async function statusOf(
  on: Machine,
  target: Target,
): Promise<{ code: number | null; data: ScheduleShown }> {
  const { code, out } = await schedule(on, 'status', target, '--json')
  return { code, data: (JSON.parse(out) as Envelope).data as ScheduleShown }
}

/** All that is installed: files at home, and what the programs keep. Not what was called. */
function installedOn({ home, there }: Machine): object {
  const { calls: _, fail: _fail, ...kept } = hashesOf(there)
  return { home: hashesOf(home), kept }
}

const OTHERS = '# mine\nMAILTO=ana@example.org\n*/5 * * * *\tdate +\\%s # caf\u00e9\n'

describe.runIf(process.platform !== 'win32').each(TARGETS)(
  'holdfast schedule with %s',
  (target) => {
    it('installs, says so, changes the time, changes nothing twice, and takes everything away', async () => {
      using on = machine()
      writeFileSync(join(on.there, 'crontab'), OTHERS)
      const before = installedOn(on)
      expect(await statusOf(on, target)).toMatchObject({
        code: 3,
        data: { installed: 'no', nextAtMs: null },
      })

      const dry = await schedule(on, 'install', target, '--dry-run')
      expect([dry.code, installedOn(on)]).toEqual([0, before])
      expect(dry.out).toContain('Dry run, nothing is changed. It would:')
      expect(dry.out.replaceAll(/\n\s+/g, ' ')).toMatch(/ \+ .*--require-tri/)

      const first = await schedule(on, 'install', target)
      expect([first.code, first.out]).toEqual([0, expect.stringContaining('every day at 09:05')])
      const state = await statusOf(on, target)
      expect(state.data).toMatchObject({ installed: 'yes', isOn: true, at: '09:05' })
      expect(state.data.nextAtMs).toBeGreaterThan(state.data.nowMs)
      const installed = installedOn(on)

      expect((await schedule(on, 'install', target, '--at', '10:30')).out).toMatch(
        /^ +\+ .*10:30|^ +\+ 30 10 |^ +\+ .*<integer>30</m,
      )
      expect((await statusOf(on, target)).data.at).toBe('10:30')
      expect((await schedule(on, 'install', target)).code).toBe(0)
      expect(installedOn(on)).toEqual(installed)
      const again = await schedule(on, 'install', target)
      expect([again.code, again.out]).toEqual([0, expect.stringMatching(/as it\s+was before/)])
      expect(installedOn(on)).toEqual(installed)

      const gone = await schedule(on, 'uninstall', target)
      expect([gone.code, installedOn(on)]).toEqual([0, before])
      expect(readFileSync(join(on.there, 'crontab'), 'utf8')).toBe(OTHERS)
      const twice = await schedule(on, 'uninstall', target)
      expect([twice.code, twice.err]).toEqual([
        3,
        expect.stringContaining('holdfast-promote is not installed'),
      ])
    })

    it('installs the monthly archive, says when, and takes it away', async () => {
      using on = machine()
      const before = installedOn(on)
      const archive = (verb: string, ...more: string[]) =>
        schedule(on, verb, target, '--job', 'archive', ...more)
      const { code, out, err } = await archive('install')
      expect([code, out.replaceAll(/\s+/g, ' ')]).toEqual([
        0,
        expect.stringContaining('on the first of every month at 03:35'),
      ])
      expect(err).toContain(`next: holdfast schedule status --job archive --target ${target}\n`)
      const status = await archive('status', '--json')
      expect((JSON.parse(status.out) as Envelope).data).toMatchObject({
        name: 'holdfast-archive',
        installed: 'yes',
        at: '03:35',
        every: 'month',
      })
      // What these two say of the last run is an answer of gates, and no archive ends with it.
      expect(status.code).toBe(target === 'launchd' || target === 'windows' ? 10 : 0)
      expect([(await archive('uninstall')).code, installedOn(on)]).toEqual([0, before])
    })

    it('prints what it would install, and writes nothing', async () => {
      using on = machine()
      const { code, out } = await schedule(on, 'print', target)
      expect([code, on.calls()]).toEqual([0, []])
      expect(out).toContain('--require-tri')
      expect(readdirSync(on.home)).toEqual([])
    })

    it('has nothing installed after a scheduler that fails, at whichever call', async () => {
      using on = machine()
      writeFileSync(join(on.there, 'crontab'), OTHERS)
      const before = installedOn(on)
      const failing: Record<Target, string[]> = {
        systemd: ['daemon-reload', ' enable ', ' restart '],
        cron: ['crontab -l', 'crontab -'],
        launchd: ['bootstrap'],
        windows: ['/Create'],
      }
      for (const part of failing[target]) {
        on.failAt(part)
        const { code, err } = await schedule(on, 'install', target)
        expect([part, code, err]).toEqual([
          part,
          1,
          expect.stringContaining('failed with 7: it is broken'),
        ])
        expect([part, installedOn(on)]).toEqual([part, before])
      }
      // What was installed before stays so, too.
      on.failAt(null)
      await schedule(on, 'install', target)
      const installed = installedOn(on)
      // What has to be told to a scheduler again, and fails again, is named.
      const isToldAgain = target === 'systemd' || target === 'launchd'
      const said = isToldAgain ? 'could not be put back: `' : 'everything is as it was'
      for (const part of failing[target]) {
        on.failAt(part)
        const { code, err } = await schedule(on, 'install', target, '--at', '11:00')
        expect([part, code]).toEqual([part, 1])
        // Who cannot even read has changed nothing.
        expect(err).toContain(target === 'cron' ? 'it is broken' : said)
        on.failAt(null)
        expect((await statusOf(on, target)).data.at).toBe('09:05')
        await schedule(on, 'install', target)
        expect([part, installedOn(on)]).toEqual([part, installed])
      }
    })

    const program = PROGRAM_OF[target]
    // A real one of this machine must not be called by a test.
    const isReal = existsSync(`/usr/bin/${program}`) || existsSync(`/bin/${program}`)
    it.skipIf(isReal)(
      `says so when there is no ${program}, and leaves nothing${isReal ? ' (skipped: this machine has it)' : ''}`,
      async () => {
        using on = machine()
        rmSync(join(on.place.folder, 'bin'), { recursive: true })
        const { code, err } = await schedule(on, 'install', target)
        expect([code, err]).toEqual([3, expect.stringContaining(`there is no program ${program}`)])
        expect(hashesOf(on.home)).toEqual({})
      },
    )
  },
)

describe.runIf(process.platform !== 'win32')('holdfast schedule', () => {
  it('has a name of its own for each job, and leaves alone what it did not make', async () => {
    using on = machine()
    const folder = join(on.home, '.config', 'systemd', 'user')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'mine.timer'), '[Timer]\n')
    for (const verb of ['install', 'uninstall']) {
      const { code, err } = await schedule(on, verb, 'systemd', '--name', 'mine')
      expect([code, err]).toEqual([
        2,
        expect.stringContaining('was not made by this command; nothing was changed'),
      ])
    }
    await schedule(on, 'install', 'systemd', '--job', 'archive')
    await schedule(on, 'install', 'systemd', '--name', 'second')
    await schedule(on, 'install', 'systemd')
    await schedule(on, 'uninstall', 'systemd')
    expect(readdirSync(folder)).toEqual([
      'holdfast-archive.service',
      'holdfast-archive.timer',
      'mine.timer',
      'second.service',
      'second.timer',
    ])
  })

  it('says how the last run ended, as each scheduler knows it', async () => {
    using on = machine()
    for (const target of TARGETS) await schedule(on, 'install', target)
    writeFileSync(
      join(on.there, 'service'),
      'ExecMainStatus=4\nExecMainExitTimestamp=@1763715903\n',
    )
    const log = join(on.place.dataDir, 'holdfast-promote.log')
    writeFileSync(log, '{"code":0}\n{"schema":"holdfast.promote.auto/1","ok":false,"code":5}\n')
    const last = async (target: Target) => (await statusOf(on, target)).data.last
    expect(await last('systemd')).toEqual({ code: 4, atMs: 1_763_715_903_000 })
    expect(await last('cron')).toMatchObject({ code: 5, atMs: expect.any(Number) as number })
    expect(await last('launchd')).toMatchObject({ code: 5 })
    expect(await last('windows')).toEqual({ code: 5, atMs: null })
    const { out } = await schedule(on, 'status', 'systemd')
    expect(out).toMatch(/^last result +4, gate refused, /m)
  })

  it('is degraded, with 10, when it is switched off or its last run failed', async () => {
    using on = machine()
    await schedule(on, 'install', 'systemd')
    const ended = (code: number): void =>
      writeFileSync(
        join(on.there, 'service'),
        `ExecMainStatus=${code}\nExecMainExitTimestamp=@1763715903\n`,
      )
    // A no-go and a rollback want a person; that nothing is proven, someone is at it or it is frozen does not.
    for (const [code, says] of [
      [1, 10],
      [4, 10],
      [10, 10],
      [5, 0],
      [6, 0],
      [7, 0],
    ] as const) {
      ended(code)
      expect([code, (await statusOf(on, 'systemd')).code]).toEqual([code, says])
    }
    rmSync(join(on.there, 'service'))
    expect((await statusOf(on, 'systemd')).code).toBe(0)
    rmSync(join(on.there, 'on'))
    const off = await statusOf(on, 'systemd')
    expect([off.code, off.data.isOn, off.data.nextAtMs]).toEqual([10, false, null])
  })

  it('calls systemd for the whole machine only where an account is named', async () => {
    using on = machine()
    await schedule(on, 'install', 'systemd')
    expect(on.calls()).toEqual(
      ['daemon-reload', 'enable holdfast-promote.timer', 'restart holdfast-promote.timer'].map(
        (call) => `systemctl --user ${call}`,
      ),
    )
    const root = join(on.place.folder, 'image')
    const image = await schedule(on, 'install', 'systemd', '--user', 'router', '--root', root)
    expect([image.code, on.calls()]).toEqual([0, expect.objectContaining({ length: 3 })])
    expect(Object.keys(hashesOf(root))).toEqual([
      'etc/systemd/system/holdfast-promote.service',
      'etc/systemd/system/holdfast-promote.timer',
    ])
    expect(readdirSync(join(root, 'etc/systemd/system/timers.target.wants'))).toEqual([
      'holdfast-promote.timer',
    ])
  })

  it('names commands that go on with the very same schedule, wherever it is', async () => {
    using on = machine()
    const root = join(on.place.folder, 'an image')
    const flags = ['--user', 'router', '--name', 'mine', '--root', root]
    const { err } = await schedule(on, 'install', 'systemd', ...flags)
    const [, next = ''] = /^next: (.*)$/m.exec(err) ?? []
    expect(err.match(/^next:/gm)).toHaveLength(1)
    const shell = `holdfast() { "${process.execPath}" "${MAIN}" "$@"; }; ${next}`
    const status = execFileSync('bash', ['-c', shell], { encoding: 'utf8' })
    expect(status).toMatch(/^installed +yes$/m)
    rmSync(join(root, 'etc/systemd/system/mine.timer'))
    const partly = await schedule(on, 'status', 'systemd', ...flags)
    expect([partly.code, partly.err]).toEqual([
      10,
      expect.stringMatching(/^next: holdfast schedule install --target systemd --name mine /),
    ])
  })

  it('names variables that the schedule will not have, and never their values', async () => {
    using on = machine()
    const env = { ...on.env, HOLDFAST_RECEIPT_KEY: 'secret-key', NOVA_BUILD_SHA: '' }
    const args = ['schedule', 'install', '--target', 'systemd']
    const { err } = await runCli(args, on.place, { env })
    expect(err).toContain('give them to it by hand: HOLDFAST_RECEIPT_KEY\n')
    const texts = Object.keys(hashesOf(on.home)).map((path) =>
      readFileSync(join(on.home, path), 'utf8'),
    )
    expect(texts.join('') + err).not.toContain('secret-key')
  })

  it('has cron call this program with just these words', async () => {
    using on = machine()
    const { out } = await schedule(on, 'print', 'cron')
    // The shell of cron reads it as this one does, once cron has taken its backslashes away.
    const command = out.trim().replace('5 9 * * * ', '').replaceAll('\\%', '%')
    const show = join(on.place.folder, 'show.cjs')
    writeFileSync(show, 'console.log(JSON.stringify(process.argv.slice(2)))\n')
    const shown = command.replace(/ \S*dist\/main\.js /, ` "$SHOW" `)
    execFileSync('/bin/sh', ['-c', shown], { env: { SHOW: show } })
    const log = readFileSync(join(on.place.dataDir, 'holdfast-promote.log'), 'utf8')
    expect(JSON.parse(log)).toEqual([
      'promote',
      'auto',
      '--require-tri',
      '--json',
      '--data-dir',
      on.place.dataDir,
    ])
  })
})

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0
const isCi = process.env['CI'] === 'true'

describe.skipIf(!hasAnalyze && !isCi)(
  `systemd-analyze${hasAnalyze ? '' : ' (skipped: not on this machine)'}`,
  () => {
    it('finds no fault in the units, blanks and quotes in their paths included', async () => {
      using on = machine()
      const root = mkdtempSync(join(tmpdir(), 'holdfast-units-'))
      try {
        for (const job of ['promote', 'archive']) {
          await schedule(on, 'install', 'systemd', '--job', job, '--user', 'root', '--root', root)
        }
        const units = ['promote', 'archive'].flatMap((job) =>
          ['service', 'timer'].map((kind) =>
            join(root, 'etc/systemd/system', `holdfast-${job}.${kind}`),
          ),
        )
        const { status, stdout, stderr } = spawnSync(
          'systemd-analyze',
          ['verify', '--man=no', ...units],
          { encoding: 'utf8' },
        )
        expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
      } finally {
        rmSync(root, { recursive: true })
      }
    })
  },
)
