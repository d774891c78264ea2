import type { CounterRow, Fact, Observe } from '@holdfast/seams'
import { trace, type Attributes, type Counter, type Meter } from '@opentelemetry/api'
import { amountOf, asWritten, labelValue, rowsByKind } from './counted-rows.ts'
import { refuseUnknown } from './options.ts'
import { cleanFields, createRedact, type RedactOptions } from './redact.ts'

export interface MeterFactsOptions {
  /** Where the counters are made. */
  readonly meter: Meter
}

/**
 * Counts facts as the rows say, in counters of an OpenTelemetry meter. Each is named like its row without `_total`, which an
 * exporter to Prometheus adds itself. An amount that is not a finite number ≥ 0 is not added.
 * @throws {RangeError | TypeError} if a row or an option is not as it must be.
 */
export function meterFacts(rows: readonly CounterRow[], options: MeterFactsOptions): Observe {
  refuseUnknown('meterFacts', options, ['meter'])
  const counters = new Map<CounterRow, Counter>()
  const planned = rowsByKind(rows)
  for (const row of rows) {
    const { name, help: description } = row
    counters.set(row, options.meter.createCounter(name.replace(/_total$/, ''), { description }))
  }
  return (fact) => {
    for (const row of planned.get(fact.kind) ?? []) {
      const amount = amountOf(row, fact)
      if (amount !== null) counters.get(row)?.add(amount, labelsOf(row, fact))
    }
  }
}

const labelsOf = ({ labels = [] }: CounterRow, fact: Fact): Attributes =>
  Object.fromEntries(labels.map((label) => [label, asWritten(labelValue(fact, label))]))

export interface TraceFactsOptions {
  /** The kinds that become events, as `lock.won` or `breaker.*`. Default every kind. */
  readonly kinds?: readonly string[]
  /** What is secret beside what is known to be. */
  readonly redact?: RedactOptions
}

/**
 * Adds facts as events to the span that is active where they are told. An event is named for the kind, and has the fact's
 * texts, numbers and truths as attributes, without secrets; a field `error` becomes `exception.type` and
 * `exception.message`. Without an active span, or one that is recorded, nothing is done.
 * @throws {TypeError} for an unknown option.
 */
export function traceFacts(options: TraceFactsOptions = {}): Observe {
  refuseUnknown('traceFacts', options, ['kinds', 'redact'])
  const { kinds } = options
  const clean = createRedact(options.redact)
  return (fact) => {
    const span = trace.getActiveSpan()
    if (span === undefined || !span.isRecording() || !isAmong(kinds, fact.kind)) return
    span.addEvent(fact.kind, attributesOf(cleanFields(clean, fact)))
  }
}

function isAmong(kinds: readonly string[] | undefined, kind: string): boolean {
  if (kinds === undefined) return true
  return kinds.some((one) => (one.endsWith('*') ? kind.startsWith(one.slice(0, -1)) : one === kind))
}

function attributesOf(fact: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = {}
  for (const [name, value] of Object.entries(fact)) {
    if (name === 'kind') continue
    if (name === 'error') Object.assign(attributes, exceptionOf(value))
    else if (isPlain(value)) attributes[name] = value
  }
  return attributes
}

const isPlain = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)

/** The names are those of OpenTelemetry's semantic conventions. */
function exceptionOf(error: unknown): Attributes {
  if (isPlain(error)) return { 'exception.message': String(error) }
  const { type, message } = (error ?? {}) as { readonly type?: unknown; readonly message?: unknown }
  return {
    'exception.type': isPlain(type) ? String(type) : 'Error',
    'exception.message': isPlain(message) ? String(message) : '',
  }
}
