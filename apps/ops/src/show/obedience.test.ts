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
  it('is told of each that did not say so, with what it acts by', () => {
    const missing = ['4713-c']
    const apart = ['4711-a']
    const kind = 'unacknowledged'
    const seen = [router({ because: 'fixed', pilot: 0.5 })]
    const said = obedienceLines({ kind, workers: [], missing, apart, waitedMs: 5_000 }, seen, style)
    expect(said.slice(0, 2)).toEqual([
      'Router process 4711 goes by no stage; it acts by 50 % (fixed).',
      'Router process 4713 did not say within 5 s that it obeys; what it obeys is not',
    ])
  })
  it('is nobody where no router runs, which is no failure', () => {
    expect(obedienceLines({ kind: 'no-router' }, [], style).join(' ')).toContain(
      'The first to start obeys',
    )
  })
})
