import { describe, expect, it } from 'vitest'
import { router } from '../fixtures/status.fixture.ts'
import { createStyle } from '../terminal/style.ts'
import { obedienceLines } from './obedience.ts'

const style = createStyle(80, false)

describe('who obeys', () => {
  it('is told by process and time', () => {
    const workers = ['4711-a', '4712-b']
    const said = obedienceLines({ kind: 'acknowledged', workers, waitedMs: 191 }, [], style)
    expect(said).toEqual(['2 router processes obey, after 191 ms: 4711, 4712.'])
  })
  it('is told of each that did not say so, with what it said last and when', () => {
    const missing = ['4713-c', '4714-d']
    const apart = ['4711-a']
    const kind = 'unacknowledged'
    const seen = [
      router({ because: 'fixed', pilot: 0.5, sinceMs: 1_000 }),
      router({ worker: '4714-d', pilot: 0.1, sinceMs: 86_400_000 + 7_000 }),
    ]
    const said = obedienceLines({ kind, workers: [], missing, apart, waitedMs: 5_000 }, seen, style)
    expect(said).toEqual([
      'Router process 4711 goes by no stage; it last said 50 % (fixed), at 1970-01-01',
      '  00:00:01 UTC.',
      'Router process 4713 did not say within 5 s that it obeys; what it obeys is not',
      '  known.',
      'Router process 4714 did not say within 5 s that it obeys; it last said 10 %',
      '  (stage), at 1970-01-02 00:00:07 UTC.',
    ])
  })
  it('is nobody where no router runs, which is no failure', () => {
    expect(obedienceLines({ kind: 'no-router' }, [], style).join(' ')).toContain(
      'The first to start obeys',
    )
  })
})
