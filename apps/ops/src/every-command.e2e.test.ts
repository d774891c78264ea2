import { chmodSync, lchownSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Lock } from '@holdfast/file-lock'
import { lacking } from '@holdfast/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandEntry } from './command.ts'
import type { Envelope } from './envelope.ts'
import { EXIT, EXIT_MEANINGS, type ExitCode } from './exit-codes.ts'
import { NOBODY, runCli, startCli, type Ended } from './fixtures/cli.fixture.ts'
import { hashesOf, makePlaces, type Places } from './fixtures/data-directory.fixture.ts'
import type { Place } from './fixtures/place.fixture.ts'
import { routerLock } from './fixtures/router.fixture.ts'
import { play } from './fixtures/world.fixture.ts'
import { exampleOf } from './help.ts'
import { TREE } from './tree.ts'

const COMMANDS: readonly CommandEntry[] = TREE.flatMap((node) =>
  'path' in node ? [node] : node.commands,
)
const isRoot = process.getuid?.() === 0

/** The commands of which something is true, with their names. */
const those = (isOne: (entry: CommandEntry) => boolean): [name: string, entry: CommandEntry][] =>
  COMMANDS.filter(isOne).map((entry) => [`holdfast ${entry.path.join(' ')}`, entry])

const callOf = ({ path, example }: CommandEntry): string[] => [...path, ...example]

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
const locks: Lock[] = []
afterAll(async () => {
  for (const lock of locks) await lock.release()
  places[Symbol.dispose]()
})

/** The nouns of which a router is asked. */
const ASKING: ReadonlySet<string> = new Set(['breakers', 'health'])

/** A router has the place only where it is asked: others have to wait until none does. */
async function freshFor({ path }: CommandEntry): Promise<Place> {
  const place = places.fresh()
  if (ASKING.has(path[0] ?? '')) locks.push(await routerLock(place.dataDir))
  return place
}

/** The one document that a call with `--json` prints: its answer on standard output, or its error on standard error. */
function envelopeOf({ code, out, err }: Omit<Ended, 'signal'>): Envelope {
  const documents = [...out.split('\n'), ...err.split('\n')].filter((line) => line !== '')
  expect({ out, err, documents: documents.length }).toMatchObject({ documents: 1 })
  const envelope = JSON.parse(documents[0] ?? '') as Envelope
  expect(Object.keys(envelope)).toEqual(
    expect.arrayContaining(['schema', 'ok', 'code', 'atMs', 'warnings']),
  )
  expect(envelope.code).toBe(code)
  expect(envelope.ok).toBe(code === 0)
  expect('error' in envelope).toBe(out === '')
  return envelope
}

const widerThan80 = (text: string): string[] => text.split('\n').filter((line) => line.length > 80)

/** What an example must not come to. */
const CALLED_WRONGLY: readonly ExitCode[] = [EXIT.failed, EXIT.usage]

/** What a command that needs no data directory comes to without one, unless it goes on as ever; by its first word. */
const WITHOUT_DIRECTORY: Readonly<Record<string, ExitCode>> = {
  doctor: EXIT.critical,
  report: EXIT.inconclusive,
  health: EXIT.notFound,
  breakers: EXIT.notFound,
}

/** What one that needs none comes to where it is closed, likewise. */
const CLOSED: Readonly<Record<string, ExitCode>> = {
  doctor: EXIT.critical,
  report: EXIT.failed,
  health: EXIT.failed,
  breakers: EXIT.failed,
}

/** A place of his own for whoever calls, but for the data directory, which nobody may look into. */
function closedPlace(): Place {
  const place = places.fresh()
  if (isRoot) {
    chmodSync(dirname(place.folder), 0o755)
    const inside = readdirSync(place.folder, { recursive: true, encoding: 'utf8' })
    for (const name of ['', ...inside]) lchownSync(join(place.folder, name), NOBODY, NOBODY)
  }
  chmodSync(place.dataDir, 0o000)
  return place
}

// Root may read everything, and so has nobody do it.
const missing = isRoot ? lacking({ programs: ['setpriv'] }) : ''
const hasNoModes = process.platform === 'win32' ? ' (skipped: no modes of files)' : missing

// oxlint-disable-next-line no-control-regex -- That none is there is the point.
const COLOUR = /\u001B\[[\d;]*m/

/** The example without the name that it confirms. */
const unconfirmed = ({ example }: CommandEntry): string[] =>
  example.filter((word, i) => word !== '--confirm' && example[i - 1] !== '--confirm')

describe.each(those(() => true))('%s', (_name, entry) => {
  const { path, needsDataDir } = entry
  const call = callOf(entry)

  it('has help that fits into 80 columns and shows its example', async () => {
    const { code, out, err } = await runCli([...path, '--help'], await freshFor(entry))
    expect([code, err]).toEqual([0, ''])
    expect(widerThan80(out)).toEqual([])
    expect(out).toContain(exampleOf(entry))
  })

  it('answers with one document of its schema, wherever the flags stand and the directory is named', async () => {
    const { folder, dataDir } = await freshFor(entry)
    const flags = ['--json', '--yes', '--verbose', '--timeout', '5m', '--data-dir', dataDir]
    const [last, first] = await Promise.all([
      runCli([...call, '--yes', '--json'], await freshFor(entry)),
      runCli([...flags, ...call], { folder, dataDir: join(folder, 'nowhere') }),
    ])
    const envelope = envelopeOf(last)
    expect(envelope.schema).toBe(`holdfast.${path.join('.')}/1`)
    expect(Object.keys(EXIT_MEANINGS)).toContain(String(envelope.code))
    expect(CALLED_WRONGLY).not.toContain(envelope.code)
    // With --verbose facts are there as well, one document each.
    const err = first.err.replaceAll(/^\{"kind":.*\n/gm, '')
    expect(envelopeOf({ ...first, err }).code).toBe(envelope.code)
  })

  it('answers people in 80 columns at a terminal, and elsewhere or with --no-color without colours', async () => {
    const [seen, plain] = [await freshFor(entry), await freshFor(entry)]
    const scene = { tree: TREE, columns: 80 }
    const env = { PATH: process.env['PATH'] ?? '' }
    const played = play([...call, '--yes'], {
      ...scene,
      cwd: seen.folder,
      env: { ...env, HOLDFAST_DATA_DIR: seen.dataDir },
    })
    const code = await played.ended
    expect(entry.isRaw === true ? [] : widerThan80(played.outText())).toEqual([])
    const flags = ['--no-color', '--verbose', '--data-dir', plain.dataDir]
    const colourless = play([...call, '--yes', ...flags], { ...scene, cwd: plain.folder, env })
    expect(await colourless.ended).toBe(code)
    expect(colourless.out() + colourless.err()).not.toMatch(COLOUR)
    const { out, err } = await runCli([...call, '--yes'], await freshFor(entry))
    expect(out + err).not.toMatch(COLOUR)
  })

  it('ends with its answer or with 124 when its time is over at once, and refuses a time that is none', async () => {
    const { folder: cwd, dataDir } = await freshFor(entry)
    const env = { PATH: process.env['PATH'] ?? '', HOLDFAST_DATA_DIR: dataDir }
    const after = async (timeout: string): Promise<Envelope> => {
      const line = [...call, '--yes', '--json', '--timeout', timeout]
      const played = play(line, { tree: TREE, cwd, env })
      return envelopeOf({ code: await played.ended, out: played.out(), err: played.err() })
    }
    const wrong = await after('soon')
    expect([wrong.code, wrong.error?.message]).toEqual([
      EXIT.usage,
      expect.stringContaining('--timeout'),
    ])
    const { code, error } = await after('1ms')
    expect(CALLED_WRONGLY).not.toContain(code)
    expect(error?.code).toBe(code === EXIT.timeout ? 'OPS_TIMEOUT' : undefined)
  })

  it('says nothing but its answer with --quiet, unless it fails', async () => {
    const { code, out, err } = await runCli([...call, '--yes', '--quiet'], await freshFor(entry))
    // A verdict that is not good is an answer, with an exit code of its own.
    expect(err === '').toBe(code === 0 || out !== '')
  })

  it('refuses a flag that it does not know, and says which was meant', async () => {
    const [people, program] = await Promise.all([
      runCli([...call, '--quite'], await freshFor(entry)),
      runCli([...call, '--json', '--quite'], await freshFor(entry)),
    ])
    expect([people.code, people.out]).toEqual([EXIT.usage, ''])
    expect(people.err).toContain('Did you mean --quiet?')
    expect(envelopeOf(program).error?.message).toContain('Did you mean --quiet?')
  })

  it.skipIf(hasNoModes !== '')(
    `says so when the data directory may not be read${hasNoModes}`,
    async () => {
      const place = closedPlace()
      const isByNobody = isRoot
      const ended = await runCli([...call, '--yes', '--json'], place, { isByNobody })
      chmodSync(place.dataDir, 0o700)
      const { code, error } = envelopeOf(ended)
      const wanted = needsDataDir ? EXIT.failed : (CLOSED[path[0] ?? ''] ?? EXIT.ok)
      expect([code, error?.code]).toEqual([
        wanted,
        wanted === EXIT.failed ? 'OPS_UNREADABLE' : undefined,
      ])
    },
  )
})

it.each(those(({ writes }) => writes))(
  '%s: changes nothing in a dry run, and says what it would do',
  async (_name, entry) => {
    const call = callOf(entry)
    const place = await freshFor(entry)
    const before = hashesOf(place.folder)
    const { dryRun, plan, code } = envelopeOf(await runCli([...call, '--dry-run', '--json'], place))
    expect([...CALLED_WRONGLY, EXIT.unconfirmed]).not.toContain(code)
    expect([dryRun, Array.isArray(plan)]).toEqual([true, true])
    expect(hashesOf(place.folder)).toEqual(before)
  },
)

it.each(those(({ writes }) => !writes))(
  '%s: changes nothing, and so has no --dry-run',
  async (_name, entry) => {
    const call = callOf(entry)
    const place = await freshFor(entry)
    const before = hashesOf(place.folder)
    await runCli(call, place)
    expect(hashesOf(place.folder)).toEqual(before)
    expect((await runCli([...call, '--dry-run'], place)).code).toBe(EXIT.usage)
  },
)

it.each(those(({ confirm }) => confirm !== 'none'))(
  '%s: asks nobody where there is no terminal: it changes nothing and names the flag',
  async (_name, entry) => {
    const place = await freshFor(entry)
    const before = hashesOf(place.folder)
    const { code, out, err } = await runCli([...entry.path, ...unconfirmed(entry)], place)
    expect([code, out]).toEqual([EXIT.unconfirmed, ''])
    expect(err).toMatch(/--yes|--confirm/)
    expect(hashesOf(place.folder)).toEqual(before)
  },
)

it.each(those(({ needsDataDir }) => needsDataDir))(
  '%s: says where it looked when there is no data directory',
  async (_name, entry) => {
    const call = callOf(entry)
    const { folder } = await freshFor(entry)
    const place = { folder, dataDir: join(folder, 'nowhere') }
    const { code, error } = envelopeOf(await runCli([...call, '--yes', '--json'], place))
    expect([code, error?.code]).toEqual([EXIT.notFound, 'OPS_NOT_FOUND'])
    expect(error?.message).toContain(place.dataDir)
  },
)

it.each(those(({ needsDataDir }) => !needsDataDir))(
  '%s: says without a data directory what that means to it',
  async (_name, entry) => {
    const call = callOf(entry)
    const { folder } = await freshFor(entry)
    const place = { folder, dataDir: join(folder, 'nowhere') }
    const { code } = envelopeOf(await runCli([...call, '--yes', '--json'], place))
    expect(code).toBe(WITHOUT_DIRECTORY[entry.path[0] ?? ''] ?? EXIT.ok)
  },
)

it.each(those(({ watch }) => watch !== undefined))(
  '%s: watched, it answers again until Ctrl-C',
  async (_name, entry) => {
    const call = callOf(entry)
    await using running = startCli([...call, '--watch', '20ms', '--json'], await freshFor(entry))
    const lines = await running.lines(2)
    running.child.kill('SIGINT')
    const { code, signal } = await running.ended
    const schemas = lines.map((line) => (JSON.parse(line) as Envelope).schema)
    expect(new Set(schemas)).toEqual(new Set([`holdfast.${entry.path.join('.')}/1`]))
    // One that shows what no longer changes ends by itself, after its first answer.
    const isFinal = lines.length === 1
    expect([code === EXIT.interrupted, signal]).toEqual([!isFinal, null])
  },
)
