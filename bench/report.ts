import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { systemClock } from '@holdfast/seams'

/** What a comparison found, as it is printed with `--json` and kept under `bench/results`. */
export interface BenchReport {
  readonly what: string
  readonly [field: string]: unknown
}

/**
 * Tells what a comparison found: as a document with `--json`, otherwise as `print` likes. With `--save`
 * it also becomes bench/results/<name>.json, with machine, command and date.
 */
export function tellReport(name: string, report: BenchReport, print: () => void): void {
  const { what, ...found } = report
  const document = {
    what,
    command: `npm run bench -- ${name} --save`,
    date: new Date(systemClock.wallMs()).toISOString().slice(0, 10),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      node: process.version,
      kernel: release().split('.').slice(0, 2).join('.'),
    },
    ...found,
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify(document, null, 2))
  else print()
  if (!process.argv.includes('--save')) return
  const directory = new URL('results/', import.meta.url)
  mkdirSync(directory, { recursive: true })
  writeFileSync(new URL(`${name}.json`, directory), `${JSON.stringify(document, null, 2)}\n`)
}

/** @param sorted ascending. @param share 0 to 1. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
}
