import { spawnSync } from 'node:child_process'
import { isBuiltin } from 'node:module'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupsListed } from './commands/state-list.ts'
import { MAIN, runCli, startCli } from './fixtures/cli.fixture.ts'
import { makePlaces, type Places } from './fixtures/data-directory.fixture.ts'
import { asked } from './fixtures/rollout-calls.fixture.ts'
import type { Place } from './fixtures/place.fixture.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

/** Every file that is loaded before the command is known: static imports, from the entry on. */
function loadedAtOnce(file: string, seen = new Set<string>()): string[] {
  const text = readFileSync(file, 'utf8')
  const imported = [...text.matchAll(/^(?:import|\} from|import .* from) ?["']([^"']+)["']/gm)]
  return imported.flatMap(([, specifier = '']) => {
    if (seen.has(specifier)) return []
    seen.add(specifier)
    const isOwn = specifier.startsWith('.')
    return isOwn ? loadedAtOnce(join(dirname(file), specifier), seen) : [specifier]
  })
}

/** A line of a shell, in which `holdfast` is the built command. */
function typed(line: string, { folder, dataDir }: Place) {
  const script = `holdfast() { "${process.execPath}" "${MAIN}" "$@"; }; ${line}`
  const env = { PATH: process.env['PATH'], HOLDFAST_DATA_DIR: dataDir }
  return spawnSync('bash', ['--norc', '-c', script], { cwd: folder, env, encoding: 'utf8' })
}

const full = existsSync('/dev/full') ? null : ' (skipped: there is no /dev/full)'

describe('the process', () => {
  it('loads nothing for --help but what reads a command line', () => {
    const packages = loadedAtOnce(MAIN).filter((name) => !isBuiltin(name))
    expect(packages.toSorted()).toEqual(['@holdfast/seams', 'commander'])
  })

  it('says which Node.js it needs, where it is an older one', () => {
    const older = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`
    const args = ['--import', `data:text/javascript,${older}`, MAIN, 'rollback']
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect([status, stderr]).toEqual([1, expect.stringContaining('needs Node.js 22.18 or later')])
  })

  it.skipIf(process.platform === 'win32')('ends quietly when its reader goes away', () => {
    const line = 'holdfast locks list --all --watch 10ms --json | head -n 2; echo "$PIPESTATUS"'
    const { stdout, stderr } = typed(line, places.fresh())
    expect([stderr, stdout.trim().split('\n').at(-1)]).toEqual(['', '0'])
  })

  it.skipIf(process.platform === 'win32').each([
    ['2> >(exec true)', 'standard error'],
    ['> >(exec true)', 'standard output'],
  ])('finishes what it was called to write when nobody reads $1', async (away) => {
    const place = places.fresh()
    // Nothing is printed before the reader has gone.
    const { status } = typed(`exec ${away}; wait $!; holdfast state backup`, place)
    const { backups } = (await asked<BackupsListed>('state list', place)).data
    expect([status, backups.length]).toEqual([0, 2])
  })

  it.skipIf(full !== null).each([
    ['config show', 1],
    ['config show --json', 1],
    ['config show --help', 1],
    ['gate check --report nowhere.json', 3],
  ])(`fails when %s cannot be printed, as on a full disk${full ?? ''}`, (call, code) => {
    const { status, stderr } = typed(`holdfast ${call} > /dev/full`, places.fresh())
    expect(status).toBe(code)
    expect(stderr).toContain(code === 1 ? 'ENOSPC' : 'nowhere.json')
  })

  it.skipIf(full !== null)(`misses no word where none was to be printed${full ?? ''}`, () => {
    const { status, stdout } = typed('holdfast config show --json 2> /dev/full', places.fresh())
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ code: 0 })])
  })

  it.skipIf(process.platform === 'win32')('ends by its own rules when its input is closed', () => {
    const { folder, dataDir } = places.fresh()
    const script = `"${process.execPath}" "${MAIN}" locks break anr_autopromo <&-`
    const env = { PATH: process.env['PATH'], HOLDFAST_DATA_DIR: dataDir }
    const { status, stderr } = spawnSync('bash', ['--norc', '-c', script], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    expect(status).toBe(9)
    expect(stderr).toContain('--yes')
  })

  it('exits with 130 for SIGINT, SIGTERM and SIGHUP, and not by the signal', async () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      await using running = startCli(['runs', 'show', '--watch', '10ms'], places.fresh())
      await running.lines(1)
      running.child.kill(signal)
      expect(await running.ended).toMatchObject({ code: 130, signal: null })
    }
  })

  it('exits with 124 when its time is up', async () => {
    const args = ['runs', 'show', '--watch', '--timeout', '50ms', '--json']
    const { code, err } = await runCli(args, places.fresh())
    expect([code, (JSON.parse(err) as { error: { code: string } }).error.code]).toEqual([
      124,
      'OPS_TIMEOUT',
    ])
  })
})
