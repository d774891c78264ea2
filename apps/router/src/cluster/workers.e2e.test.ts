import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli, startCli } from '../cli.fixture.ts'
import { goodAnswer, type Handler } from '../http/fake-upstream.fixture.ts'
import { callerAt, childrenOf, isAlive, served, until, type Caller } from './served.fixture.ts'

/** Whether this process has learned from so many decisions. */
const hasLearned = (caller: Caller, updates: number): Promise<void> =>
  until(async () => expect((await caller.get('/readyz')).body).toMatchObject({ updates }))

async function counter(caller: Caller, name: string): Promise<number> {
  const { status, body } = await caller.get('/metrics')
  expect(status).toBe(200)
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(String(body))?.[1] ?? Number.NaN)
}

/** Whether this process says that the lock is gone. */
const saysLockIsGone = (caller: Caller): Promise<void> =>
  until(async () => {
    const { status, body } = await caller.get('/health')
    const message = 'the lock of the data directory is gone'
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { checks: { learning: { message } } },
    })
  })

interface Explained {
  readonly now: { readonly scores: Record<string, number> }
}
const scoresAt = async (caller: Caller, id: string): Promise<Record<string, number>> =>
  ((await caller.get(`/routes/explain?decision=${id}`)).body as Explained).now.scores

const [first, second] = [0, 1] as const

/** The workers of a router of two, and a connection to each. */
async function both(router: Awaited<ReturnType<typeof served>>): Promise<[Caller, Caller]> {
  const pids = await router.workers()
  return [await router.to(pids[first] ?? 0), await router.to(pids[second] ?? 0)]
}

describe('a lesson told to one worker', () => {
  it('is decided by in the other', async () => {
    await using router = await served({ config: { learning: { epsilon: 0 } } })
    const [one, other] = await both(router)
    for (let i = 0; i < 10; i += 1) {
      for (const [model, quality] of [
        ['R1', 0],
        ['R2', 1],
      ] as const) {
        const decisionId = await one.ask(model)
        expect((await one.post('/v1/feedback', { decisionId, quality })).status).toBe(200)
      }
    }
    await hasLearned(other, 20)
    const id = await other.ask()
    const scores = await until(() => scoresAt(one, id))
    expect(scores['R2']).toBeGreaterThan(scores['R1'] ?? Number.NaN)
    await until(async () => {
      const elsewhere = await scoresAt(other, id)
      for (const arm of ['R1', 'R2']) expect(elsewhere[arm]).toBeCloseTo(scores[arm] ?? 0, 9)
    })
  })

  it('may be of a decision that the other one made a moment ago, and is known to it at once, 200 times in a row', async () => {
    await using router = await served()
    const callers = await both(router)
    for (let i = 0; i < 200; i += 1) {
      const decisionId = await callers[i % 2 === 0 ? first : second].ask()
      const teller = callers[i % 2 === 0 ? second : first]
      const { status, body } = await teller.post('/v1/feedback', { decisionId, quality: 1 })
      expect({ i, status, body }).toMatchObject({ i, status: 200, body: { result: 'learned' } })
      const again = await callers[i % 2 === 0 ? first : second].post('/v1/feedback', {
        decisionId,
        quality: 1,
      })
      expect({ i, status: again.status }).toEqual({ i, status: 409 })
    }
    for (const caller of callers) await hasLearned(caller, 200)
  })
})

describe('the metrics of a router of several processes', () => {
  it('are those of all, whichever is asked, and do not fall when one is killed and replaced', async () => {
    await using router = await served()
    const [one, other] = await both(router)
    for (let i = 0; i < 3; i += 1) await one.ask()
    for (let i = 0; i < 4; i += 1) await other.ask()
    const decisions = 'nova_anr_total_decisions_total'
    for (const caller of [one, other]) {
      expect(await counter(caller, decisions)).toBe(7)
      expect(await counter(caller, 'holdfast_router_awaiting_feedback')).toBe(7)
    }
    const [killed = 0] = await router.workers()
    process.kill(killed, 'SIGKILL')
    await until(async () => {
      expect(await counter(other, decisions)).toBe(7)
      expect(await counter(other, 'holdfast_router_worker_ends_total')).toBe(1)
    })
    const pids = await router.workers()
    expect(pids).not.toContain(killed)
    await using successor = await router.to(pids.at(-1) ?? 0)
    await successor.ask()
    expect(await counter(other, decisions)).toBe(8)
    expect(await counter(successor, 'holdfast_router_calls_total{route="R2",status="200"}')).toBe(
      await counter(other, 'holdfast_router_calls_total{route="R2",status="200"}'),
    )
  })
})

describe('a worker', () => {
  it('that is killed is replaced at once, and after longer and longer pauses if that does not help', async () => {
    await using router = await served()
    for (const pauseMs of [0, 100, 200]) {
      await router.workers()
      const { workerPid } =
        router.told('router.worker-started').findLast(({ worker }) => worker === 1) ?? {}
      const before = router.told('router.worker-ended').length
      process.kill(Number(workerPid), 'SIGKILL')
      await until(() => expect(router.told('router.worker-ended')).toHaveLength(before + 1))
      expect(router.told('router.worker-ended').at(-1)).toMatchObject({
        worker: 1,
        workerPid,
        how: 'SIGKILL',
        restartInMs: pauseMs,
      })
    }
    await router.workers()
  })

  it('that hangs keeps nobody waiting but those it has taken, and catches up when it goes on', async () => {
    await using router = await served()
    const [one, other] = await both(router)
    const [pid = 0] = await router.workers()
    await one.ask()
    expect(await counter(other, 'nova_anr_total_decisions_total')).toBe(1)
    process.kill(pid, 'SIGSTOP')
    try {
      for (let i = 0; i < 20; i += 1) {
        await using caller = callerAt(router.url)
        const decisionId = await caller.ask()
        expect((await caller.post('/v1/feedback', { decisionId, quality: 1 })).status).toBe(200)
      }
      expect(await counter(other, 'nova_anr_total_decisions_total')).toBe(21)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await hasLearned(one, 20)
    expect(await counter(one, 'nova_anr_total_decisions_total')).toBe(21)
  })

  it('that is stopped and then killed leaves no connection without an end', async () => {
    await using router = await served()
    const [one] = await both(router)
    const [pid = 0] = await router.workers()
    process.kill(pid, 'SIGSTOP')
    const asked = one.get('/healthz')
    process.kill(pid, 'SIGKILL')
    await expect(asked).rejects.toBeInstanceOf(Error)
    expect((await one.get('/healthz')).status).toBe(200)
  })

  it('of several is ended by a signal of its own after it has answered, and replaced', async () => {
    const held: (() => void)[] = []
    const handler: Handler = (response, call) => held.push(() => goodAnswer(response, call))
    await using router = await served({ handler })
    const [one] = await both(router)
    const [pid = 0] = await router.workers()
    const asked = one.ask()
    await until(() => expect(held).toHaveLength(1))
    process.kill(pid, 'SIGTERM')
    held[0]?.()
    await asked
    await until(() => expect(isAlive(pid)).toBe(false))
    expect(await router.workers()).toHaveLength(2)
  })
})

describe('a router of several processes whose lock is taken away', () => {
  it('says so in each of them, also in one that is started after that, and answers on', async () => {
    await using router = await served()
    const [one, other] = await both(router)
    rmSync(join(router.dataDir, 'router.lock'), { recursive: true })
    await saysLockIsGone(one)
    await saysLockIsGone(other)
    expect(router.told('router.lock-lost')).toHaveLength(1)
    const [killed = 0] = await router.workers()
    process.kill(killed, 'SIGKILL')
    await until(() => expect(router.told('router.worker-started')).toHaveLength(3))
    await using successor = await router.to((await router.workers()).at(-1) ?? 0)
    await saysLockIsGone(successor)
    await successor.ask()
  })
})

describe('a router of several processes that ends', () => {
  it('because it is told to, like Ctrl-C tells all of them, answers what is under way and leaves none', async () => {
    const held: (() => void)[] = []
    const handler: Handler = (response, call) => held.push(() => goodAnswer(response, call))
    await using router = await served({ handler })
    const [one, other] = await both(router)
    const pids = await router.workers()
    const asked = [one.ask(), other.ask()]
    await until(() => expect(held).toHaveLength(2))
    for (const pid of [...pids, router.run.child.pid ?? 0]) process.kill(pid, 'SIGINT')
    await until(() => expect(router.told('router.stopping')).toHaveLength(1))
    for (const answer of held) answer()
    await Promise.all(asked)
    expect(await router.run.ended).toMatchObject({ code: 0, signal: null })
    expect(pids.filter(isAlive)).toEqual([])
    expect(router.told('router.worker-ended')).toEqual([])
  })

  it('over a worker that hangs, ends all the same, and its exit code says that it was not clean', async () => {
    await using router = await served({ config: { shutdownMs: 0 } })
    const pids = await router.workers()
    const [hung = 0] = pids
    process.kill(hung, 'SIGSTOP')
    process.kill(router.run.child.pid ?? 0, 'SIGTERM')
    expect(await router.run.ended).toMatchObject({ code: 1, signal: null })
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('while it waits before it starts a worker anew, waits no longer', async () => {
    await using router = await served({ config: { shutdownMs: 600_000 } })
    // Eight ends in a row, and the next start is some seconds away.
    await until(async () => {
      for (const pid of childrenOf(router.run)) process.kill(pid, 'SIGKILL')
      expect(router.told('router.worker-ended').length).toBeGreaterThanOrEqual(12)
    })
    router.run.child.kill('SIGTERM')
    expect(await router.run.ended).toMatchObject({ code: 0, signal: null })
  })

  it('because its first process is killed, answers what is under way, and the next router has every lesson', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
    const dataDir = join(folder, 'run')
    const held: (() => void)[] = []
    let isHolding = false
    const handler: Handler = (response, call) => {
      if (isHolding) held.push(() => goodAnswer(response, call))
      else goodAnswer(response, call)
    }
    {
      await using router = await served({ handler, dataDir })
      const callers = await both(router)
      for (let i = 0; i < 20; i += 1) {
        const decisionId = await callers[i % 2 === 0 ? first : second].ask()
        await callers[first].post('/v1/feedback', { decisionId, quality: 1 })
      }
      const pids = await router.workers()
      isHolding = true
      const asked = callers.map((caller) => caller.ask())
      await until(() => expect(held).toHaveLength(2))
      router.run.child.kill('SIGKILL')
      // Both have noticed when neither listens any more.
      await until(async () => {
        await using caller = callerAt(router.url)
        await expect(caller.get('/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      })
      expect(held).toHaveLength(2)
      isHolding = false
      for (const answer of held) answer()
      await Promise.all(asked)
      await until(() => expect(pids.filter(isAlive)).toEqual([]))
    }
    await using next = await served({ dataDir })
    await using caller = callerAt(next.url)
    expect((await caller.get('/readyz')).body).toMatchObject({ learning: 'ok', updates: 20 })
    await next[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
})

describe('several processes that cannot start', () => {
  it('because the port is taken, or another router is there, say so as one process does, and touch nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as { port: number }
    const args = ['--limit', '10', '--workers', '2']
    const taken = await runCli([...args, '--port', `${port}`, '--data-dir', join(folder, 'run')])
    expect(taken.code).toBe(1)
    expect(taken.err).toContain(`127.0.0.1:${port} is taken by another program`)
    server.close()

    await using router = await served()
    const second = await runCli(
      [
        '--config',
        join(router.dataDir, '..', 'router.json'),
        '--port',
        '0',
        '--data-dir',
        router.dataDir,
      ],
      { NOVA_ANR_LOCK_TIMEOUT: '0' },
    )
    expect(second.code).toBe(1)
    expect(second.err).toContain(
      `another router works in ${router.dataDir} (process ${router.run.child.pid})`,
    )
    rmSync(folder, { recursive: true })
  })

  it('because there are to be none, or too many, or part of one, are refused with what there may be', async () => {
    for (const [count, why] of [
      ['0', 'from 1 to 256'],
      ['257', 'from 1 to 256'],
      ['1.5', 'must be an integer'],
      ['two', 'from 1 to 256'],
    ] as const) {
      const { code, out, err } = await runCli(['--once', '--limit', '10', '--workers', count])
      expect(err).toContain('--workers')
      expect(err).toContain(why)
      expect({ code, out }).toEqual({ code: 2, out: '' })
    }
  })
})

describe('a router of one worker', () => {
  it('is one process, as without the option', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
    await using run = startCli([
      '--limit',
      '10',
      '--workers',
      '1',
      '--port',
      '0',
      '--data-dir',
      folder,
    ])
    await until(() => expect(run.err()).toContain('Serving on'))
    expect(childrenOf(run)).toEqual([])
    run.child.kill('SIGINT')
    expect(await run.ended).toMatchObject({ code: 0 })
    rmSync(folder, { recursive: true })
  })
})
