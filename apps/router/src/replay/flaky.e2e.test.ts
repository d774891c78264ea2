import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../cli.fixture.ts'
import type { Report } from './tally.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'flaky-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const play = (...args: readonly string[]) =>
  runCli(['--once', '--json', '--scenario', 'flaky', '--data-dir', join(dataDir, 'run'), ...args])

describe('npm start -- --scenario flaky', () => {
  it('answers 999 of 1000 requests while two of four upstreams fail, and notices that they are well', async () => {
    const { code, out, err } = await play('--limit', '3000')
    const { flaky, decisions } = JSON.parse(out) as Report
    if (flaky === null) throw new Error('the report has nothing of it')
    expect(err).toContain('two of them at a time')
    // Nothing but people's own text: a log line would stand in the midst of the live line.
    expect(err).not.toContain('"level":')
    expect(flaky.requests).toBe(3000)
    expect(decisions).toBe(3000 - flaky.errors)
    expect(flaky.errorRate).toBeLessThanOrEqual(0.001)
    expect(flaky.errors).toBe(flaky.cutStreams)
    expect(code).toBe(0)

    expect(flaky.faults.map(({ route, fault }) => `${route} ${fault}`)).toEqual([
      'R1 error',
      'R2 hang',
      'R3 reset',
      'R4 limit',
      'R2 slow',
      'R1 cut',
      'R4 reset',
    ])
    // R1 and R2 are asked most, and a breaker opens on what it has seen.
    const certain = flaky.faults.filter(({ route }) => route === 'R1' || route === 'R2')
    for (const { openings } of certain) expect(openings).toBeGreaterThan(0)
    // A slow route answers: nobody has to stand in for it.
    for (const { fallbacks } of certain.filter(({ fault }) => fault !== 'slow')) {
      expect(fallbacks).toBeGreaterThan(0)
    }
    expect(flaky.recoveries.expected).toBeGreaterThanOrEqual(3)
    // How soon is in the report; that each was noticed at all does not depend on the machine.
    for (const { recovery } of flaky.faults) expect(recovery?.closedAfterMs).not.toBeNull()
    expect(flaky.fallbacks).toBeGreaterThan(0)
    expect(flaky.retries).toBeGreaterThan(0)
    expect(flaky.latencyMs.wellP99).toBeGreaterThan(flaky.latencyMs.wellP50)
  })

  it('refuses several processes, of whose breakers it would see only some, and too short a stream', async () => {
    const several = await play('--workers', '2')
    expect(several.code).toBe(2)
    expect(several.err).toContain('--scenario')
    expect(several.err).toContain('it needs --workers 1, got 2')
    const short = await play('--limit', '10')
    expect(short.code).toBe(2)
    expect(short.err).toContain('at least 200 prompts, got 10')
  })
})
