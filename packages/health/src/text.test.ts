import { describe, expect, it } from 'vitest'
import { VirtualClock } from '@holdfast/seams/testing'
import { createHealth, textReport } from './index.ts'

describe('the text report', () => {
  it('has a line for the whole and one for each check, with marks, messages and times', async () => {
    const clock = new VirtualClock()
    const health = createHealth({ clock })
    health.add('lock', () => ({ status: 'ok', message: 'held' }))
    health.add('disk', () => ({ status: 'degraded', message: 'data: 0.9 GiB free' }))
    health.add('upstream', () => clock.sleep(9_999), { timeoutMs: 50, groups: ['ready', 'live'] })
    const report = health.report('ready')
    await clock.advance(50)
    await report
    health.add('llm', () => 'ok', { onFail: 'degraded' })
    await clock.advance(2_000)
    expect(textReport(health.status())).toBe(
      [
        '✗ all: critical',
        '✓ lock      ok: held (2050 ms ago, took 0 ms)',
        '⚠ disk      degraded: data: 0.9 GiB free (2050 ms ago, took 0 ms)',
        '✗ upstream  critical: timed out after 50 ms (2000 ms ago, took 50 ms) (under way for 2050 ms)',
        '? llm       unknown: not looked at yet',
        '',
      ].join('\n'),
    )
    expect(textReport(health.status('live'))).toMatch(/^✗ live: critical\n✗ upstream/)
  })

  it('tells what was seen last when it is not what is held', async () => {
    const clock = new VirtualClock()
    const health = createHealth({ clock })
    let isFine = true
    health.add('x', () => (isFine ? 'ok' : 'critical'))
    await health.report()
    isFine = false
    expect(textReport(await health.report(undefined, { maxAgeMs: 0 }))).toContain(
      '✓ x  ok, last seen critical (0 ms ago',
    )
  })

  it('keeps a message to its line', async () => {
    const health = createHealth({ clock: new VirtualClock() })
    health.add('x', () => {
      throw new Error('one\r\n✓ forged  ok\u0007')
    })
    expect(textReport(await health.report()).split('\n')).toHaveLength(3)
    expect(textReport(await health.report())).toContain('critical: one ✓ forged  ok  (')
  })
})
