import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Ordered } from '../breakers/order.ts'
import type { RoutesSeen } from '../breakers/look.ts'
import type { Envelope } from '../envelope.ts'
import { runCli, type Call } from '../fixtures/cli.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { served } from '../fixtures/served.fixture.ts'
import type { HealthShown } from './health.ts'

interface Answered<T> {
  readonly code: number | null
  readonly data: T
  readonly error: Envelope['error']
  readonly warnings: readonly string[]
}

/** The document that a command answers with. */
async function asked<T>(args: readonly string[], place: Place, call?: Call): Promise<Answered<T>> {
  const { code, out, err } = await runCli([...args, '--json'], place, call)
  const { data, error, warnings } = JSON.parse(out || err) as Envelope
  return { code, data: data as T, error, warnings }
}

const health = (place: Place, ...args: string[]): Promise<Answered<HealthShown>> =>
  asked(['health', ...args], place)
const order = (place: Place, ...args: string[]): Promise<Answered<Ordered>> =>
  asked(['breakers', ...args], place)
const isolate = (place: Place, route: string, ...more: string[]): Promise<Answered<Ordered>> =>
  order(place, 'isolate', route, '--reason', 'answers nonsense', '--by', 'ana', ...more)

const checkOf = ({ data }: Answered<HealthShown>, wanted: string) =>
  data.checks.find(({ name }) => name === wanted)

describe('holdfast health', () => {
  it('is what the router says, all its processes among it; of one component what that is', async () => {
    await using router = await served()
    const pids = (await router.workers()).toSorted((a, b) => a - b)
    const seen = await health(router.place)
    expect(seen).toMatchObject({
      code: 0,
      data: { source: 'router', status: 'ok', url: router.url },
    })
    expect(checkOf(seen, 'processes')?.message).toBe(`all 2 answer: ${pids.join(', ')}`)
    expect(checkOf(seen, 'ledger')?.status).toBe('ok')
    expect(seen.data.slots.map(({ name }) => name)).toEqual([
      'slot04',
      'slot08_lock',
      'slot09',
      'slot10',
    ])

    const one = await health(router.place, '--component', 'slot09')
    expect(one.data).toMatchObject({
      component: 'slot09',
      status: 'ok',
      checks: [{ name: 'ledger', status: 'ok' }],
      slots: [{ name: 'slot09' }],
    })
    const none = await health(router.place, '--component', 'slot99')
    expect([none.code, none.error?.message]).toEqual([
      3,
      expect.stringContaining('there are: processes, process, '),
    ])

    const { out } = await runCli(['health'], router.place)
    expect(out).toMatch(/^ok, says http:\/\/127\.0\.0\.1:\d+\n\nCHECK +STATUS +SAYS\n/)
  })

  it('is degraded while a route may not be called, with 10, and says what to run next', async () => {
    await using router = await served()
    await isolate(router.place, 'R1')
    const { code, out, err } = await runCli(['health'], router.place)
    expect([code, out]).toEqual([
      10,
      expect.stringMatching(/^upstreams +degraded +not called: R1 \(isolated\)$/m),
    ])
    expect(err).toContain('next: holdfast breakers list')
    expect((await health(router.place, '--component', 'slot04')).code).toBe(0)
  })

  it('does not notice that a process was killed a moment ago: another answers', async () => {
    await using router = await served()
    const [killed = 0] = await router.workers()
    process.kill(killed, 'SIGKILL')
    const seen = await health(router.place)
    expect([seen.code, seen.data.source]).toEqual([0, 'router'])
    expect(checkOf(seen, 'processes')?.message).not.toContain(String(killed))
  })

  it('is degraded while one of the processes hangs, which is named', async () => {
    await using router = await served()
    const [hung = 0] = await router.workers()
    process.kill(hung, 'SIGSTOP')
    const seen = await health(router.place)
    process.kill(hung, 'SIGCONT')
    expect(seen).toMatchObject({ code: 10, data: { source: 'router', status: 'degraded' } })
    expect(checkOf(seen, 'processes')?.message).toBe(`1 of 2 give no answer: ${hung}`)
    expect(await health(router.place)).toMatchObject({ code: 0 })
  })

  it('is critical, and told from files, while the whole router hangs', async () => {
    await using router = await served()
    const pids = (await router.workers()).toSorted((a, b) => a - b)
    await router.signalAll('SIGSTOP')
    const seen = await health(router.place, '--timeout', '3s')
    const { out } = await runCli(['health', '--timeout', '3s'], router.place)
    await router.signalAll('SIGCONT')
    expect(seen).toMatchObject({
      code: 11,
      data: { source: 'files', status: 'critical', url: router.url },
    })
    expect(checkOf(seen, 'router')?.message).toContain('gives no answer within 1 s')
    expect(checkOf(seen, 'processes')?.message).toBe(`live and give no answer: ${pids.join(', ')}`)
    expect(checkOf(seen, 'lock')?.message).toBe(`process ${router.child.pid} has the directory`)
    expect(out).toMatch(/^critical, say the files: no router answers\n/)
  })

  it('is told from files when the router was killed, with how the slots were last', async () => {
    await using router = await served()
    await router.signalAll('SIGKILL')
    const seen = await health(router.place)
    expect(seen).toMatchObject({ code: 11, data: { source: 'files' } })
    expect(checkOf(seen, 'router')?.message).toContain(
      `was left by process ${router.child.pid}, which is gone`,
    )
    expect(checkOf(seen, 'lock')).toMatchObject({ status: 'degraded' })
    expect(seen.data.slots).toContainEqual(
      expect.objectContaining({ name: 'slot04', status: 'ok', atMs: expect.any(Number) as number }),
    )
  })
})

describe('both ends refuse without the token', () => {
  it('this one asks nothing that is for operators only, and says which variable is missing', async () => {
    const env = { OPS_TOKEN: 'the token' }
    await using router = await served({ config: { admin: { tokenEnv: 'OPS_TOKEN' } }, env })
    const { place } = router
    const refused = await order(place, 'list')
    expect([refused.code, refused.error?.code]).toEqual([2, 'OPS_UNAUTHORIZED'])
    expect(refused.error?.message).toContain('there is no token')
    expect(refused.error?.next[0]).toContain('HOLDFAST_TOKEN')
    expect(
      (await asked(['breakers', 'list'], place, { env: { HOLDFAST_TOKEN: 'the token' } })).code,
    ).toBe(0)
    // Strangers are told how it is, and no more.
    const seen = await health(place)
    expect([seen.code, seen.data.checks]).toEqual([0, []])
    expect(seen.warnings[0]).toContain('set HOLDFAST_TOKEN')
  })

  it('the router takes no other, and nothing is ordered', async () => {
    await using router = await served()
    const path = join(router.place.dataDir, 'admin.json')
    const file = JSON.parse(readFileSync(path, 'utf8')) as object
    writeFileSync(path, JSON.stringify({ ...file, key: 'guessed' }))
    const refused = await isolate(router.place, 'R1')
    expect([refused.code, refused.error?.code]).toEqual([2, 'OPS_UNAUTHORIZED'])
    expect(existsSync(join(router.place.dataDir, 'breakers.json'))).toBe(false)
    chmodSync(path, 0o644)
    const open = await isolate(router.place, 'R1')
    expect([open.code, open.error?.message]).toEqual([
      2,
      expect.stringContaining(`${path} has mode 0644`),
    ])
  })
})

describe('holdfast breakers', () => {
  it('isolates a route for every process, until it is reset for every process', async () => {
    await using router = await served()
    const pids = (await router.workers()).toSorted((a, b) => a - b)
    const done = await isolate(router.place, 'R1')
    expect(done).toMatchObject({ code: 0, data: { seq: 1, obeying: pids, missing: [] } })
    // Whichever process takes it.
    for (let i = 0; i < 8; i += 1) expect(await router.ask('R1')).toBe(503)

    const { out } = await runCli(['breakers', 'list'], router.place)
    expect(out).toMatch(/^R1 +isolated +.* ana: answers nonsense$/m)
    expect(out).toMatch(/^R3 \(guardrail\) +closed /m)
    const shown = await runCli(['breakers', 'show', 'R1'], router.place)
    expect(shown.out).toMatch(/^isolated by +ana$/m)
    expect(shown.err).toContain('next: holdfast breakers reset R1')

    const reset = await order(router.place, 'reset', 'R1')
    expect(reset).toMatchObject({ code: 0, data: { seq: 2, obeying: pids, missing: [] } })
    for (let i = 0; i < 8; i += 1) expect(await router.ask('R1')).toBe(200)
  })

  it('asks before the guardrail, and before the last route that may be called', async () => {
    await using router = await served()
    const { place } = router
    const guardrail = await isolate(place, 'R3')
    expect([guardrail.code, guardrail.error?.message]).toEqual([
      9,
      expect.stringContaining('R3 is the guardrail'),
    ])
    for (const route of ['R1', 'R2']) expect((await isolate(place, route)).code).toBe(0)
    const last = await isolate(place, 'R3')
    expect([last.code, last.error?.message]).toEqual([
      9,
      expect.stringContaining('no other route may be called'),
    ])
    expect(await router.ask('R3')).toBe(200)
    expect((await isolate(place, 'R3', '--yes')).code).toBe(0)
    expect(await router.ask('R3')).toBe(503)
  })

  it('plans, and orders nothing, in a dry run', async () => {
    await using router = await served()
    const { code, data } = await isolate(router.place, 'R1', '--dry-run')
    expect([code, data.seq]).toEqual([0, null])
    expect(await router.ask('R1')).toBe(200)
  })

  it('names the routes when there is none of that name', async () => {
    await using router = await served()
    const { code, error } = await isolate(router.place, 'R9')
    expect([code, error?.message]).toEqual([3, 'the router has no route R9; there are: R1, R2, R3'])
  })

  it('is obeyed by whoever takes the place of a process that is killed in the middle', async () => {
    await using router = await served()
    const [hung = 0] = await router.workers()
    // It cannot obey before it is killed, so that the command waits for it.
    process.kill(hung, 'SIGSTOP')
    const ordered = isolate(router.place, 'R1')
    const path = join(router.place.dataDir, 'breakers.json')
    await expect.poll(() => existsSync(path), { timeout: 30_000, interval: 10 }).toBe(true)
    process.kill(hung, 'SIGKILL')
    const { code, data } = await ordered
    const living = (await router.workers()).toSorted((a, b) => a - b)
    expect([code, data.missing]).toEqual([0, []])
    expect(data.obeying).not.toContain(hung)
    expect(living).toEqual(expect.arrayContaining([...data.obeying]))
    for (let i = 0; i < 8; i += 1) expect(await router.ask('R1')).toBe(503)
  })

  it('says who has not obeyed in time, with 10: one that hangs does once it goes on', async () => {
    await using router = await served()
    const [hung = 0, other = 0] = await router.workers()
    process.kill(hung, 'SIGSTOP')
    const { code, data } = await isolate(router.place, 'R1', '--timeout', '5s')
    expect([code, data.obeying, data.missing]).toEqual([10, [other], [hung]])
    const list = await asked<RoutesSeen>(['breakers', 'list'], router.place)
    expect([list.code, list.data.missing, list.warnings]).toEqual([
      10,
      [hung],
      [`process ${hung} of the router lives and gives no answer`],
    ])
    process.kill(hung, 'SIGCONT')
    const again = await isolate(router.place, 'R1')
    expect([again.code, again.data.missing]).toEqual([0, []])
  })

  it('says so when the whole router hangs, and when none runs', async () => {
    await using router = await served()
    await router.signalAll('SIGSTOP')
    const hung = await order(router.place, 'list')
    expect([hung.code, hung.error?.code]).toEqual([124, 'OPS_TIMEOUT'])
    await router.signalAll('SIGKILL')
    const gone = await order(router.place, 'list')
    expect([gone.code, gone.error?.code]).toEqual([3, 'OPS_NOT_FOUND'])
  })
})
