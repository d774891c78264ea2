import { describe, expect, it } from 'vitest'
import type { LockInspection } from '@holdfast/file-lock'
import { clockFinding } from './clock.ts'
import { isNewEnough, novaFindings } from './environment.ts'
import { broken, ok, problem, warning, type Area, type Finding, type Said } from './finding.ts'
import { killSwitchFindings } from './kill-switch.ts'
import { lockFindings } from './locks.ts'
import { diskFinding } from './paths.ts'
import { rolloutFindings } from './rollout.ts'
import { answerFindings, obedienceFindings } from './router.ts'
import { backupFindings, stateFindings } from './state.ts'
import { doctorExit, verdictOf } from './verdict.ts'

const found = (area: Area, said: Said): Finding => ({ area, ...said })
const levels = (said: readonly Said[]): string[] => said.map(({ level }) => level)
const exitWith = (...said: readonly Said[]): number =>
  doctorExit(said.map((one) => found('state', one)))
const saidOf = (env: Readonly<Record<string, string>>): string => novaFindings(env)[0]?.seen ?? ''
const clockLevel = (aheadMs: number): string =>
  clockFinding(1e12, { path: 'f', atMs: 1e12 + aheadMs }).level
const lockLevels = (name: string, seen: Partial<LockInspection>): string[] =>
  levels(lockFindings({ name, path: '', seen: seen as LockInspection }))

describe('the verdict', () => {
  it('has the seed’s code of what fails, the lowest of several, and 0 for warnings', () => {
    const codeOf = (...areas: Area[]) =>
      verdictOf(areas.map((area) => found(area, problem('x', null)))).seedCode
    expect([codeOf('ledger'), codeOf('state'), codeOf('router'), codeOf('kill switch')]).toEqual([
      1, 2, 3, 4,
    ])
    expect(codeOf('kill switch', 'router')).toBe(3)
    expect(verdictOf([found('router', warning('x', null))])).toMatchObject({
      seedCode: 0,
      isReady: true,
      warnings: 1,
    })
  })

  it('exits with 8 where something stored is broken, 11 for another problem, 10 for a warning, 0', () => {
    const [w, p, b] = [warning('x', null), problem('x', null), broken('x', null)]
    expect([exitWith(w, p, b), exitWith(w, p), exitWith(w, ok('x')), exitWith(ok('x'))]).toEqual([
      8, 11, 10, 0,
    ])
  })
})

describe('the environment', () => {
  it('needs Node.js 22.18', () => {
    expect(['22.18.0', '24.0.0', '22.17.9', '20.19.0'].map(isNewEnough)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('is understood as a whole: the kill switch before enabling, and both before a share', () => {
    expect(saidOf({ NOVA_ANR_KILL: '1', NOVA_ANR_ENABLED: '0' })).toContain('(kill switch)')
    expect(saidOf({ NOVA_ANR_ENABLED: '0', NOVA_ANR_PILOT: '1' })).toContain('(disabled)')
    expect(saidOf({ NOVA_ANR_PILOT: '0.25' })).toContain('fixed at 0.25')
    expect(saidOf({ NOVA_ANR_ENABLED: '1' })).toContain('acts by its rollout')
    expect(levels(novaFindings({ NOVA_ANR_PILOT: '25' }))).toEqual(['problem'])
    expect(levels(novaFindings({ NOVA_ANR_KILL: '' }))).toEqual(['ok'])
  })
})

describe('room and time', () => {
  it('are a problem when nearly out, a warning when scarce', () => {
    const mib = 1024 * 1024
    const level = (free: number, total: number) => diskFinding('/', free * mib, total * mib).level
    expect([level(63, 9e6), level(500, 9e6), level(500, 1000), level(2000, 9e6)]).toEqual([
      'problem',
      'warning',
      'ok',
      'ok',
    ])
  })

  it('are told when a file is of a later time than now', () => {
    expect([
      clockLevel(-1e9),
      clockLevel(59_000),
      clockLevel(61_000),
      clockLevel(3_600_000),
    ]).toEqual(['ok', 'ok', 'warning', 'problem'])
  })
})

describe('a lock', () => {
  it('is a warning when its owner is dead, or holds it for long, unless it is a router', () => {
    const held = { state: 'held', owner: null, heldMs: 3_600_000 } as const
    expect(lockLevels('job', { ...held, liveness: 'dead' })).toEqual(['warning'])
    expect(lockLevels('job', { ...held, liveness: 'alive' })).toEqual(['warning'])
    expect(lockLevels('router', { ...held, liveness: 'alive' })).toEqual([])
    expect(lockLevels('job', { state: 'damaged' })).toEqual(['problem'])
    expect(lockLevels('job', { state: 'free' })).toEqual([])
  })
})

describe('the state', () => {
  const sound = {
    kind: 'sound',
    problems: [],
    dim: 3,
    epochMs: 1,
    decisions: 10,
    newestEpochAtMs: 0,
    routes: [],
  } as const
  const seen = {
    path: 'p',
    found: sound,
    known: null,
    ageMs: 0,
    hasRouter: false,
    start: 's',
  } as const

  it('is broken when nothing comes out of what is there, and damaged when something does', () => {
    const damaged = { ...sound, kind: 'damaged', problems: ['gone'] } as const
    const lost = { ...damaged, dim: null, decisions: 0 }
    expect(levels(stateFindings({ ...seen, found: damaged }))).toEqual(['warning'])
    expect(stateFindings({ ...seen, found: lost, known: 5 })).toMatchObject([
      { level: 'problem', isIntegrity: true, next: 'holdfast state restore latest' },
    ])
  })

  it('is missed only where a backup knows of one', () => {
    const found = { kind: 'missing' } as const
    expect(levels(stateFindings({ ...seen, found }))).toEqual(['warning'])
    expect(levels(stateFindings({ ...seen, found, known: 5 }))).toEqual(['problem'])
  })

  it('is old only while a router runs, and should know what its backup knows', () => {
    const ageMs = 2 * 3_600_000
    expect(levels(stateFindings({ ...seen, ageMs }))).toEqual(['ok'])
    expect(levels(stateFindings({ ...seen, ageMs, hasRouter: true }))).toEqual(['ok', 'warning'])
    expect(levels(stateFindings({ ...seen, known: 11 }))).toEqual(['ok', 'warning'])
  })

  it('has a backup that is sound and not two days old', () => {
    const manifest = { version: 1, takenAtMs: 0, kind: 'state', problems: [], files: [] } as const
    const backup = { id: 'a', problem: null, manifest: { ...manifest, proof: sound } }
    const bad = { id: 'b', problem: 'gone', manifest: null }
    expect(levels(backupFindings([], 0))).toEqual(['warning'])
    expect(levels(backupFindings([backup], 86_400_000))).toEqual(['ok'])
    expect(levels(backupFindings([bad, backup], 200 * 3_600_000))).toEqual(['problem', 'warning'])
  })
})

const state = {
  version: 1,
  seq: 3,
  epoch: 1,
  stage: 25,
  standing: { kind: 'rolling' },
  sinceMs: 0,
  epochSinceMs: 0,
  redAtMs: null,
  reason: 'r',
  clearedRollback: null,
  head: 'h',
} as const

describe('the rollout', () => {
  const sight = { state, rollback: null }
  const seen = { sight, truth: state, why: null, unreadable: [] }

  it('is warned of when rolled back, frozen or behind its journal, and a problem when not whole', () => {
    expect(levels(rolloutFindings(seen))).toEqual(['ok'])
    const rollback = { id: 'x', reason: 'page' }
    expect(levels(rolloutFindings({ ...seen, sight: { state, rollback } }))).toEqual([
      'ok',
      'warning',
    ])
    const standing = { kind: 'frozen', reason: 'page', completed: false } as const
    expect(levels(rolloutFindings({ ...seen, truth: { ...state, standing } }))).toEqual([
      'ok',
      'warning',
    ])
    expect(levels(rolloutFindings({ ...seen, truth: { ...state, head: 'i' } }))).toEqual([
      'ok',
      'warning',
    ])
    expect(levels(rolloutFindings({ ...seen, truth: null, why: 'line 2' }))).toEqual(['problem'])
    expect(levels(rolloutFindings({ ...seen, unreadable: ['rollback.json: ?'] }))).toEqual([
      'problem',
      'ok',
    ])
    const lost = { state: null, rollback: null }
    expect(levels(rolloutFindings({ ...seen, sight: lost }))).toEqual(['ok', 'problem'])
  })

  it('can be stopped by the kill switch from every stage; a switch that did not would show', () => {
    expect(levels(killSwitchFindings(sight))).toEqual(['ok'])
    expect(levels(killSwitchFindings({ state: null, rollback: null }))).toEqual(['ok'])
    // As if a share that was fixed by hand won over everything.
    const wrong = killSwitchFindings(sight, (_sight, _env, fixed) => fixed ?? 0)
    expect(levels(wrong)).toEqual(['problem'])
  })
})

describe('a router', () => {
  const router = {
    worker: 'w',
    pid: 7,
    pilot: 0.25,
    because: 'stage',
    seq: 3,
    sinceMs: 0,
    quietMs: 900,
  }
  const wanted = { pilot: 0.25, because: 'stage', seq: 3 } as const
  const obeying = (change: object): string[] =>
    levels(obedienceFindings([{ ...router, ...change }], wanted))

  it('obeys when it acts by the share of the rollout, and has seen its last change', () => {
    expect(obeying({})).toEqual(['ok'])
    expect(obeying({ pilot: 0.5 })).toEqual(['problem'])
    expect(obeying({ seq: 2 })).toEqual(['problem'])
    expect(obeying({ pilot: null })).toEqual(['problem'])
    expect(obeying({ quietMs: 11_000 })).toEqual(['problem'])
    expect(obeying({ pilot: 0, because: 'kill' })).toEqual(['warning'])
    expect(obeying({ pilot: 1, because: 'fixed' })).toEqual(['warning'])
  })

  it('that goes on under a rollback is a problem, also when its share is fixed', () => {
    const rolledBack = { pilot: 0, because: 'rollback', seq: 3 } as const
    const seen = { ...router, because: 'fixed', pilot: 1 }
    expect(levels(obedienceFindings([seen], rolledBack))).toEqual(['problem'])
    // Where nobody began a rollout, a share that is fixed by hand is obeyed.
    const none = { pilot: 0, because: 'no-state', seq: 0 } as const
    expect(levels(obedienceFindings([seen], none))).toEqual(['warning'])
  })

  it('is a problem when it does not answer or is critical', () => {
    const health = {
      source: 'router',
      url: 'u',
      why: null,
      atMs: 0,
      checks: [],
      slots: [],
    } as const
    const level = (change: object) => levels(answerFindings({ ...health, status: 'ok', ...change }))
    expect(level({})).toEqual(['ok'])
    expect(level({ status: 'degraded' })).toEqual(['warning'])
    expect(level({ status: 'critical' })).toEqual(['problem'])
    expect(level({ source: 'files', why: 'silence' })).toEqual(['problem'])
  })
})
