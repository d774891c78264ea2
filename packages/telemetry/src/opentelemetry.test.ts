import { counterRows, type Fact } from '@holdfast/seams'
import { createNoopMeter, trace, type Attributes, type Meter, type Span } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { meterFacts, traceFacts } from './opentelemetry.ts'

type CallFact = {
  readonly kind: 'call.done'
  readonly route: string
  readonly tookMs: number
  readonly error?: unknown
}

const rows = counterRows<CallFact>(
  { name: 'calls_total', help: 'Calls.', kind: 'call.done', labels: ['route'] },
  { name: 'call_ms_total', help: 'Time.', kind: 'call.done', amount: 'tookMs' },
)
const done: CallFact = { kind: 'call.done', route: 'R1', tookMs: 5 }

/** A meter that writes down what its counters are given. */
function recordingMeter() {
  const added: unknown[] = []
  const made: unknown[] = []
  const meter: Meter = Object.assign(createNoopMeter(), {
    createCounter(name: string, options: unknown) {
      made.push([name, options])
      return { add: (amount: number, labels?: Attributes) => added.push([name, amount, labels]) }
    },
  })
  return { meter, made, added }
}

/** Makes a span the active one, and answers the events it was given. */
function activeSpan(isRecording = true): [name: string, attributes: Attributes][] {
  const events: [string, Attributes][] = []
  const span = {
    isRecording: () => isRecording,
    addEvent: (name: string, attributes: Attributes) => events.push([name, attributes]),
  }
  vi.spyOn(trace, 'getActiveSpan').mockReturnValue(span as unknown as Span)
  return events
}

afterEach(() => vi.restoreAllMocks())

describe('facts in an OpenTelemetry meter', () => {
  it('are counted by counters named without _total', () => {
    const { meter, made, added } = recordingMeter()
    const observe = meterFacts(rows, { meter })
    observe(done)
    observe({ kind: 'call.unknown' })
    expect(made).toEqual([
      ['calls', { description: 'Calls.' }],
      ['call_ms', { description: 'Time.' }],
    ])
    expect(added).toEqual([
      ['calls', 1, { route: 'R1' }],
      ['call_ms', 5, {}],
    ])
  })

  it('are not added when no counter can take them', () => {
    const { meter, added } = recordingMeter()
    meterFacts(rows.slice(1), { meter })({ ...done, tookMs: -1 } as Fact)
    expect(added).toEqual([])
  })

  it('have labels as they are written, half characters too', () => {
    const { meter, added } = recordingMeter()
    meterFacts(rows.slice(0, 1), { meter })({ ...done, route: '\ud800' } as Fact)
    expect(JSON.stringify(added)).toContain('"\ufffd"')
  })

  it('are no trouble for a meter that does nothing', () => {
    const observe = meterFacts(rows, { meter: createNoopMeter() })
    expect(() => observe(done)).not.toThrow()
  })

  it('need rows and options that are as they must be', () => {
    const meter = createNoopMeter()
    expect(() => meterFacts([...rows, ...rows], { meter })).toThrow(
      'two of them are named calls_total',
    )
    const unknown = { meter, limit: 1 }
    expect(() => meterFacts(rows, unknown)).toThrow(
      'meterFacts has no option limit; there is meter',
    )
  })
})

describe('facts in a span', () => {
  it('are events with what is plain of them as attributes, without secrets', () => {
    const events = activeSpan()
    const error = new TypeError('refused Bearer abcdef')
    const fact = { ...done, route: 'sk-abcdefgh', list: [1], error }
    traceFacts()(fact)
    expect(events).toEqual([
      [
        'call.done',
        {
          route: '[redacted]',
          tookMs: 5,
          'exception.type': 'TypeError',
          'exception.message': 'refused Bearer [redacted]',
        },
      ],
    ])
  })

  it('tell an error that is none of the kind Error', () => {
    const events = activeSpan()
    const observe = traceFacts()
    observe({ kind: 'x', error: 'full' } as Fact)
    observe({ kind: 'x', error: null } as Fact)
    expect(events).toEqual([
      ['x', { 'exception.message': 'full' }],
      ['x', { 'exception.type': 'Error', 'exception.message': '' }],
    ])
  })

  it('are told as a whole when they have no fields', () => {
    const events = activeSpan()
    traceFacts()({ kind: 'x', toJSON: () => 'x' } as Fact)
    expect(events).toEqual([['x', { fact: 'x' }]])
  })

  it('are those of the kinds asked for', () => {
    const events = activeSpan()
    const observe = traceFacts({ kinds: ['lock.*', 'call.done'] })
    for (const kind of ['lock.won', 'locker.won', 'call.done', 'call.done-it']) observe({ kind })
    expect(events.map(([name]) => name)).toEqual(['lock.won', 'call.done'])
  })

  it('are nothing where no span is active, or the active one is not recorded', () => {
    expect(() => traceFacts()(done)).not.toThrow()
    const events = activeSpan(false)
    traceFacts()(done)
    expect(events).toEqual([])
  })

  it('need options that are as they must be', () => {
    const unknown = { kind: ['x'] } as object
    expect(() => traceFacts(unknown)).toThrow(
      'traceFacts has no option kind; there is kinds, redact',
    )
  })
})
