import { AggregatorRegistry } from 'prom-client'

/** A process's metrics as they travel to another: each with its name, type and values. */
export type MetricValues = readonly object[]

/** The metrics of several processes as one: counters and histograms added up, gauges as each says. */
export function aggregated(all: readonly MetricValues[]): {
  text(): Promise<string>
  values(): Promise<MetricValues>
} {
  const registry = AggregatorRegistry.aggregate([...all])
  return { text: () => registry.metrics(), values: () => registry.getMetricsAsJSON() }
}

/** Those that only ever grow, so that they may outlive their process. */
export const lasting = (values: MetricValues): MetricValues =>
  values.filter((value) => LASTING.has((value as { readonly type?: string }).type ?? ''))

const LASTING = new Set(['counter', 'histogram'])
