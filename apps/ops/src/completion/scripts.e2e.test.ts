import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { TREE } from '../tree.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { placesOf } from './places.ts'
import { powershellScript } from './powershell.ts'
import { zshScript } from './zsh.ts'

const places = placesOf(TREE)
const isThere = (shell: string): boolean =>
  process.env['CI'] === 'true' && shell === 'bash' ? true : spawnSync('which', [shell]).status === 0
const lacking = (shell: string): string => (isThere(shell) ? '' : ` (skipped: needs ${shell})`)

/** What bash would offer at the end of these words. */
function bashOffers(...words: readonly string[]): string[] {
  const script = [
    bashScript(places),
    `COMP_WORDS=(holdfast ${words.map((word) => `'${word}'`).join(' ')})`,
    `COMP_CWORD=${words.length}`,
    '_holdfast',
    String.raw`printf '%s\n' "\${COMPREPLY[@]}"`.replace('\\$', '$'),
  ].join('\n')
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

describe.skipIf(!isThere('bash'))(`the script for bash${lacking('bash')}`, () => {
  it.each([
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
    [['locks', 'break', '--dr'], ['--dry-run']],
    [['completion', 'f'], ['fish']],
    [['runs', 'show', '--js'], ['--json']],
  ])('offers after %j: %j', (words, offered) => {
    expect(bashOffers(...words)).toEqual(expect.arrayContaining(offered))
  })

  it('offers options of a command only there', () => {
    expect(bashOffers('runs', 'show', '--')).not.toContain('--dry-run')
  })
})

describe.each([
  ['zsh', zshScript, ['-n']],
  ['fish', fishScript, ['--no-execute']],
] as const)('the script for %s', (shell, script, check) => {
  it.skipIf(!isThere(shell))(`can be read by it${lacking(shell)}`, () => {
    const { status, stderr } = spawnSync(shell, check, { input: script(places), encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })

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
