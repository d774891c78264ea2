import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandEntry } from './command.ts'
import type { Envelope } from './envelope.ts'
import { EXIT, EXIT_MEANINGS, type ExitCode } from './exit-codes.ts'
import { runCli, startCli, type Ended } from './fixtures/cli.fixture.ts'
import { hashesOf, makePlaces, type Places } from './fixtures/data-directory.fixture.ts'
import { play } from './fixtures/world.fixture.ts'
import { exampleOf } from './help.ts'
import { TREE } from './tree.ts'

const COMMANDS: readonly CommandEntry[] = TREE.flatMap((node) =>
  'path' in node ? [node] : node.commands,
)
const isRoot = process.getuid?.() === 0

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

/** The one document that a call with `--json` prints: its answer on standard output, or its error on standard error. */
function envelopeOf({ code, out, err }: Ended): Envelope {
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

/** The example without the name that it confirms. */
const unconfirmed = ({ example }: CommandEntry): string[] =>
  example.filter((word, i) => word !== '--confirm' && example[i - 1] !== '--confirm')

describe.each(COMMANDS.map((entry) => [`holdfast ${entry.path.join(' ')}`, entry] as const))(
  '%s',
  (_name, entry) => {
    const { path, example, writes, confirm, needsDataDir } = entry
    const call = [...path, ...example]

    it('has help that fits into 80 columns and shows its example', async () => {
      const { code, out, err } = await runCli([...path, '--help'], places.fresh())
      expect([code, err]).toEqual([0, ''])
      expect(widerThan80(out)).toEqual([])
      expect(out).toContain(exampleOf(entry))
    })

    it('answers with one document of its schema, whether the flags come first or last', async () => {
      const [last, first] = await Promise.all([
        runCli([...call, '--yes', '--json'], places.fresh()),
        runCli(['--json', '--yes', ...call], places.fresh()),
      ])
      const envelope = envelopeOf(last)
      expect(envelope.schema).toBe(`holdfast.${path.join('.')}/1`)
      expect(Object.keys(EXIT_MEANINGS)).toContain(String(envelope.code))
      expect(CALLED_WRONGLY).not.toContain(envelope.code)
      expect(envelopeOf(first).code).toBe(envelope.code)
    })

    it('answers people in 80 columns at a terminal, and elsewhere without colours', async () => {
      const { folder: cwd, dataDir } = places.fresh()
      const env = { PATH: process.env['PATH'] ?? '', HOLDFAST_DATA_DIR: dataDir }
      const played = play([...call, '--yes'], { tree: TREE, columns: 80, cwd, env })
      await played.ended
      expect(entry.isRaw === true ? [] : widerThan80(played.outText())).toEqual([])
      const { out, err } = await runCli([...call, '--yes'], places.fresh())
      // oxlint-disable-next-line no-control-regex -- That none is there is the point.
      expect(out + err).not.toMatch(/\u001B/)
    })

    it('says nothing but its answer with --quiet, unless it fails', async () => {
      const { code, out, err } = await runCli([...call, '--yes', '--quiet'], places.fresh())
      // A verdict that is not good is an answer, with an exit code of its own.
      expect(err === '').toBe(code === 0 || out !== '')
    })

    it.runIf(writes)('changes nothing in a dry run, and says what it would do', async () => {
      const place = places.fresh()
      const before = hashesOf(place.folder)
      const { dryRun, plan, code } = envelopeOf(
        await runCli([...call, '--dry-run', '--json'], place),
      )
      expect([...CALLED_WRONGLY, EXIT.unconfirmed]).not.toContain(code)
      expect([dryRun, Array.isArray(plan)]).toEqual([true, true])
      expect(hashesOf(place.folder)).toEqual(before)
    })

    it.runIf(!writes)('changes nothing, and so has no --dry-run', async () => {
      const place = places.fresh()
      const before = hashesOf(place.folder)
      await runCli(call, place)
      expect(hashesOf(place.folder)).toEqual(before)
      expect((await runCli([...call, '--dry-run'], place)).code).toBe(EXIT.usage)
    })

    it.runIf(confirm !== 'none')(
      'asks nobody where there is no terminal: it changes nothing and names the flag',
      async () => {
        const place = places.fresh()
        const before = hashesOf(place.folder)
        const { code, out, err } = await runCli([...path, ...unconfirmed(entry)], place)
        expect([code, out]).toEqual([EXIT.unconfirmed, ''])
        expect(err).toMatch(/--yes|--confirm/)
        expect(hashesOf(place.folder)).toEqual(before)
      },
    )

    it('refuses a flag that it does not know, and says which was meant', async () => {
      const [people, program] = await Promise.all([
        runCli([...call, '--quite'], places.fresh()),
        runCli([...call, '--json', '--quite'], places.fresh()),
      ])
      expect([people.code, people.out]).toEqual([EXIT.usage, ''])
      expect(people.err).toContain('Did you mean --quiet?')
      expect(envelopeOf(program).error?.message).toContain('Did you mean --quiet?')
    })

    it.runIf(needsDataDir)('says where it looked when there is no data directory', async () => {
      const { folder } = places.fresh()
      const place = { folder, dataDir: join(folder, 'nowhere') }
      const { code, error } = envelopeOf(await runCli([...call, '--yes', '--json'], place))
      expect([code, error?.code]).toEqual([EXIT.notFound, 'OPS_NOT_FOUND'])
      expect(error?.message).toContain(place.dataDir)
    })

    it.runIf(!needsDataDir)('does its work without a data directory', async () => {
      const { folder } = places.fresh()
      const place = { folder, dataDir: join(folder, 'nowhere') }
      const ended = await runCli([...call, '--yes', '--json'], place)
      expect(envelopeOf(ended).code).not.toBe(EXIT.failed)
    })

    it.skipIf(isRoot || process.platform === 'win32')(
      `says so when the data directory may not be read${isRoot ? ' (skipped: root may read everything)' : ''}`,
      async () => {
        const place = places.fresh()
        chmodSync(place.dataDir, 0o000)
        try {
          const { error } = envelopeOf(await runCli([...call, '--yes', '--json'], place))
          // Who looks for himself says it in his own words.
          expect(error?.code).toBe(needsDataDir ? 'OPS_UNREADABLE' : error?.code)
          expect(error?.code).not.toBe('UNEXPECTED')
        } finally {
          chmodSync(place.dataDir, 0o700)
        }
      },
    )

    it.runIf(entry.watch !== undefined)('watched, it answers again until Ctrl-C', async () => {
      await using running = startCli([...call, '--watch', '20ms', '--json'], places.fresh())
      const lines = await running.lines(2)
      running.child.kill('SIGINT')
      const { code, signal } = await running.ended
      const schemas = lines.map((line) => (JSON.parse(line) as Envelope).schema)
      expect(new Set(schemas)).toEqual(new Set([`holdfast.${path.join('.')}/1`]))
      // One that shows what no longer changes ends by itself, after its first answer.
      const isFinal = lines.length === 1
      expect([code === EXIT.interrupted, signal]).toEqual([!isFinal, null])
    })
  },
)
