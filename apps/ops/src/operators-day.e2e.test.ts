import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Envelope } from './envelope.ts'
import { runCli, startCli } from './fixtures/cli.fixture.ts'
import { addSlots, HOUR_MS } from './fixtures/evidence.fixture.ts'
import type { Place } from './fixtures/place.fixture.ts'
import { stateOf } from './fixtures/rollout-calls.fixture.ts'
import { served, until, type Served } from './fixtures/served.fixture.ts'
import { sendTraffic, type Worth } from './fixtures/traffic.fixture.ts'

/** A rollout of weeks in minutes: stages need no time, and outcomes have come as soon as they are asked for. */
const SOON = { isAutomatic: true, dwellMs: 0, decisions: 20, needsTriTrend: false }
const SETTINGS = {
  version: 1,
  settleMs: 0,
  measure: 'quality',
  dwell: { 10: SOON, 25: SOON, 50: SOON, 75: SOON },
}
const ROUTER = { routes: 4, config: { rollout: {}, learning: { priorMean: 2, alpha: 0.05 } } }

const QUALITY: Readonly<Record<string, number>> = { R1: 0.95, R2: 0.5, R3: 0.3, R4: 0.6 }
const well = (route: string): Worth => ({ quality: QUALITY[route] ?? 0 })
/** The route that users came to get answers nonsense, and what was done with them is taken back. */
const badR1 = (route: string): Worth =>
  route === 'R1' ? { quality: 0, isRolledBack: true } : well(route)

const learnedIn = ({ dataDir }: Place): string => join(dataDir, 'learned')

function corruptState(place: Place): void {
  const learned = learnedIn(place)
  for (const name of readdirSync(learned).filter((file) => /^snapshot\..*bin$/.test(file))) {
    writeFileSync(join(learned, name), 'no snapshot')
  }
  writeFileSync(join(learned, 'snapshot.99.bin'), 'no snapshot')
}

interface Pictured {
  readonly data: { readonly rollout: { readonly stage: number } }
}

async function pilotOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^nova_anr_pilot_fraction (\S+)$/m.exec(text)?.[1])
}

describe.each([
  ['at a desk', false],
  ['of a script', true],
])("an operator's day, %s", (_name, isJson) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-day-'))
  const place: Place = { folder, dataDir: join(folder, 'run') }
  let router: Served
  beforeAll(async () => {
    router = await served({ ...ROUTER, folder })
    // The router has been well since yesterday.
    const nowMs = systemClock.wallMs()
    addSlots(place, nowMs - 26 * HOUR_MS, nowMs)
    writeFileSync(join(folder, 'holdfast.json'), JSON.stringify(SETTINGS))
  }, 120_000)
  afterAll(async () => {
    await router[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /**
   * Calls a command as whoever it is does, and expects its exit code.
   * @param says what a person reads; a script has `data` beside the code.
   */
  async function call(
    line: readonly string[],
    code: number,
    says: RegExp,
    data: object = {},
  ): Promise<void> {
    const ended = await runCli([...line, ...(isJson ? ['--json'] : [])], place)
    const said = `${ended.out}${ended.err}`
    // One document is all that there is, or it cannot be parsed.
    const envelope = isJson ? (JSON.parse(said) as Envelope) : null
    const read: unknown = expect.stringMatching(says)
    expect({
      line,
      codes: [ended.code, envelope?.code ?? ended.code],
      said: envelope === null ? said : (envelope.data ?? {}),
    }).toMatchObject({
      line,
      codes: [code, code],
      said: envelope === null ? read : data,
    })
  }

  it('begins with a first step, by hand', async () => {
    await sendTraffic(router.url, 100, well)
    await call(
      ['promote', 'to', '10', '--reason', 'first users', '--yes'],
      0,
      /answers for 10 % of the users/,
      { isDone: true, to: 10 },
    )
    expect(await pilotOf(router.url)).toBe(0.1)
  })

  it('sees what the last hours amount to, and that all gates are green', async () => {
    const answered = await sendTraffic(router.url, 600, well)
    expect(Object.keys(answered)).toContain('R1')
    await call(['report', 'daily'], 0, /^decisions +700, \d+ live/m, { report: { decisions: 700 } })
    await call(['gate', 'check'], 0, /^GO: all gates are green$/m, { verdict: 'go' })
  })

  it('goes up when it is not for show', async () => {
    const before = readFileSync(join(place.dataDir, 'rollout', 'rollout-journal.ndjson'), 'utf8')
    await call(['promote', 'auto', '--dry-run'], 0, /It would:\n.*from 10 % to 25 %/, {
      outcome: 'promoted',
      to: 25,
    })
    expect(readFileSync(join(place.dataDir, 'rollout', 'rollout-journal.ndjson'), 'utf8')).toBe(
      before,
    )
    await call(['promote', 'auto'], 0, /^Went up from 10 % to 25 % of the users/m, {
      outcome: 'promoted',
      from: 10,
      to: 25,
      acknowledgement: { kind: 'acknowledged' },
    })
    expect([(await stateOf(place)).stage, await pilotOf(router.url)]).toEqual([25, 0.25])
  })

  it('is watched until Ctrl-C', async () => {
    const args = ['status', '--watch', '100ms', ...(isJson ? ['--json'] : [])]
    await using watched = startCli(args, place)
    const lines = await watched.lines(isJson ? 2 : 40)
    watched.child.kill('SIGINT')
    expect(await watched.ended).toMatchObject({ code: 130 })
    const stages = isJson
      ? lines.slice(0, 2).map((line) => (JSON.parse(line) as Pictured).data.rollout.stage)
      : [Number(/^stage +(\d+) % .*rolling/m.exec(lines.join('\n'))?.[1])]
    expect(new Set(stages)).toEqual(new Set([25]))
  })

  it('finds a bad route, and takes it all back', async () => {
    const answered = await sendTraffic(router.url, 300, badR1)
    expect(answered['R1']).toBeGreaterThan(0)
    await call(['gate', 'check'], 4, /^rollbacks +no-go/m, { verdict: 'no-go', isMeasured: true })
    await call(['rollback', '--reason', 'answers are wrong'], 0, /2 router processes obey/, {
      isDone: true,
    })
    expect(await pilotOf(router.url)).toBe(0)
    expect(await sendTraffic(router.url, 100, well)).toEqual({ R4: 100 })
  })

  it('freezes, and moves nothing until it is unfrozen', async () => {
    await call(['freeze', '--reason', 'looking into it'], 0, /frozen/i, {})
    const begin = ['promote', 'to', '10', '--reason', 'again', '--yes']
    await call(begin, 7, /frozen/)
    expect((await stateOf(place)).stage).toBe(0)
    await call(['unfreeze', '--reason', 'R1 is mended'], 0, /No longer frozen/, {})
    expect((await stateOf(place)).standing.kind).toBe('rolled-back')
  })

  it('loses what was learned, and gets it back from a backup', async () => {
    await call(['state', 'backup'], 0, /was taken with 1100 decisions/, { decisions: 1_100 })
    await call(['state', 'restore', 'latest', '--yes'], 6, /a router works in/)
    await router.stop()
    corruptState(place)
    await call(['state', 'show'], 8, /^state +broken/m, { kind: 'broken' })
    await call(['doctor'], 8, /^problem +state/m)
    await call(['state', 'restore', 'latest', '--yes'], 0, /with 1100 decisions/, {})
    expect(readdirSync(place.dataDir).join(' ')).toMatch(/learned\.aside-\d+/)
    await call(['state', 'show'], 0, /^decisions +1100$/m, { kind: 'sound', decisions: 1_100 })
    await router[Symbol.asyncDispose]()
    router = await served({ ...ROUTER, folder })
    await sendTraffic(router.url, 20, well)
    await until(() =>
      call(['state', 'show'], 0, /^decisions +1120$/m, { kind: 'sound', decisions: 1_120 }),
    )
  })

  it('ends with records that are whole, and with nothing left but the rollback', async () => {
    await call(['receipts', 'verify'], 0, /the chain is whole/, {})
    await call(['ledger', 'verify'], 0, /^Sound: /m, {})
    await call(['doctor'], 10, /a rollback is in force: answers are wrong/)
    await call(
      ['promote', 'to', '10', '--reason', 'R1 is mended', '--yes'],
      0,
      /A new rollout has begun/,
    )
    await until(() => call(['doctor'], 0, /^Ready: 0 problems/m))
    expect(await pilotOf(router.url)).toBe(0.1)
  })
})
