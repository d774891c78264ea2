import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Lock } from '@holdfast/file-lock'
import { openRunTracker, stageFiles } from '@holdfast/run-state'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAIN, runCli } from '../fixtures/cli.fixture.ts'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { routerLock } from '../fixtures/router.fixture.ts'
import { TREE } from '../tree.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { placesOf } from './places.ts'
import { powershellScript } from './powershell.ts'
import { zshScript } from './zsh.ts'

const places = placesOf(TREE)
const isCi = process.env['CI'] === 'true'
const isThere = (shell: string): boolean =>
  (isCi && shell !== 'pwsh') || spawnSync('which', [shell]).status === 0
const lacking = (shell: string): string => (isThere(shell) ? '' : ` (skipped: needs ${shell})`)

let directories: Places
/** Where the command is called, with a program `holdfast` in its `bin`. */
let place: Place
let lock: Lock
beforeAll(async () => {
  directories = await makePlaces()
  place = directories.fresh()
  // Its routes are those of a router that lives.
  lock = await routerLock(place.dataDir)
  const bin = join(place.folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'holdfast'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  chmodSync(join(bin, 'holdfast'), 0o755)
})
afterAll(async () => {
  await lock.release()
  directories[Symbol.dispose]()
})

/** The lines that a shell prints, which reads nothing of anyone's own. */
function linesOf(shell: 'bash' | 'zsh' | 'fish', script: string): string[] {
  const flags = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] }[shell]
  const { stdout, stderr } = spawnSync(shell, [...flags, script], {
    encoding: 'utf8',
    cwd: place.folder,
    env: {
      PATH: [join(place.folder, 'bin'), process.env['PATH']].join(delimiter),
      HOME: place.folder,
      HOLDFAST_DATA_DIR: place.dataDir,
    },
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')

/** What each shell would offer at the end of these words. Zsh's own part is replaced: it works only at a terminal. */
const OFFERS: Readonly<Record<'bash' | 'zsh' | 'fish', (...words: readonly string[]) => string[]>> =
  {
    bash: (...words) =>
      linesOf(
        'bash',
        `${bashScript(places)}
COMP_WORDS=(holdfast ${quoted(words)})
COMP_CWORD=${words.length}
_holdfast
printf '%s\\n' "\${COMPREPLY[@]}"`,
      ),
    zsh: (...words) =>
      linesOf(
        'zsh',
        `compdef() { :; }
compadd() { shift; print -l -- "$@"; }
_describe() { print -l -- "\${(@P)2%%:*}"; }
_files() { :; }
${zshScript(places)}
words=(holdfast ${quoted(words)})
CURRENT=${words.length + 1}
_holdfast`,
      ).filter((line) => line.startsWith(words.at(-1) ?? '')),
    fish: (...words) =>
      linesOf('fish', `${fishScript(places)}\ncomplete -C 'holdfast ${words.join(' ')}'`).map(
        (line) => line.split('\t')[0] ?? '',
      ),
  }

describe.each(['bash', 'zsh', 'fish'] as const)('the script for %s', (shell) => {
  const offers = OFFERS[shell]

  it.skipIf(!isThere(shell)).each([
    [[''], ['runs', 'locks', 'config', 'completion']],
    [['lo'], ['locks']],
    [
      ['locks', ''],
      ['list', 'break'],
    ],
    [['--json', 'locks', 'l'], ['list']],
    [['--timeout', '5s', 'runs', 'g'], ['gaps']],
    [['runs', 'show', '--st'], ['--stage']],
    [
      ['runs', 'show', '--stage', ''],
      ['import', 'migrate'],
    ],
    [
      ['pilot', '--stage', ''],
      ['10', '25', '100'],
    ],
    [['promote', 'to', '2'], ['25']],
    [['promote', 'to', '25', '--for'], ['--force']],
    [['locks', 'break', '--dr'], ['--dry-run']],
    [['completion', 'f'], ['fish']],
    [['runs', 'show', '--js'], ['--json']],
    [['locks', 'break', ''], ['anr_autopromo']],
    [['receipts', 'show', 'l'], ['last']],
    [['state', 'restore', 'l'], ['latest']],
    [
      ['runs', 'retry', ''],
      ['103', '106'],
    ],
    [['runs', 'retry', '103', '106', '--st'], ['--stage']],
  ])(`offers after %j: %j${lacking(shell)}`, (words, offered) => {
    expect(offers(...words)).toEqual(expect.arrayContaining(offered))
  })

  it.skipIf(!isThere(shell))(`offers options of a command only there${lacking(shell)}`, () => {
    expect(offers('runs', 'show', '--')).not.toContain('--dry-run')
    expect(offers('')).not.toContain('completion-values')
  })

  it.skipIf(!isThere(shell))(
    `asks for names where the line says that the data are, and says nothing where none are${lacking(shell)}`,
    async () => {
      const elsewhere = join(place.folder, 'elsewhere')
      mkdirSync(elsewhere, { recursive: true })
      await using tracker = await openRunTracker(stageFiles(elsewhere, 'import').state)
      await tracker.record({ run: 7, outcome: 'failed' })
      expect(offers('--data-dir', 'elsewhere', 'runs', 'retry', '7')).toEqual(['7'])
      expect(offers('runs', '--data-dir', 'nowhere', 'retry', '7')).toEqual([])
    },
  )
})

/** What a script would be told. */
async function values(kind: string): Promise<string[]> {
  const { out } = await runCli(['completion-values', kind], place)
  return out.split('\n').slice(0, -1)
}

describe('values', () => {
  it('are what may be named: backups, receipts and routes by what is there', async () => {
    expect(await values('backup')).toEqual(['latest', expect.stringMatching(/^anr_state_\d{8}_/)])
    expect((await values('receipt')).slice(0, 2)).toEqual(['last', expect.stringMatching(/^\d+$/)])
    expect(await values('route')).toContain('R1')
  })

  it('leave out a name that a shell would carry out', async () => {
    for (const name of ['$(touch bad)', 'two words', '-x']) {
      const lock = join(place.dataDir, `${name}.lock`)
      cpSync(join(place.dataDir, 'anr_autopromo.lock'), lock, { recursive: true })
    }
    const { out } = await runCli(['locks', 'list'], place)
    expect(out).toMatch(/^\$\(touch bad\) +dead holder/m)
    expect(await values('lock')).toEqual(['anr_autopromo', 'router'])
  })
})

describe.each([
  ['zsh', zshScript],
  ['fish', fishScript],
] as const)('the script for %s', (_shell, script) => {
  it('names every command', () => {
    const text = script(places)
    const missing = places.flatMap(({ next }) => next).filter(({ word }) => !text.includes(word))
    expect(missing).toEqual([])
  })
})

describe('the script for powershell', () => {
  const check = '[scriptblock]::Create([Console]::In.ReadToEnd()) | Out-Null'
  it.skipIf(!isThere('pwsh'))(`can be read by it${lacking('pwsh')}`, () => {
    const input = powershellScript(places)
    const { status, stderr } = spawnSync('pwsh', ['-NoProfile', '-Command', check], {
      input,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
  })

  it('names every place, with what may come there', () => {
    const text = powershellScript(places)
    expect(places.filter(({ words }) => !text.includes(`'${words}' = @(`))).toEqual([])
  })
})
