import { counterRows, type CounterRow } from '@holdfast/seams'
import type { JsonFact } from './facts.ts'

/** How the facts of this package feed counters. */
export const atomicJsonCounters: readonly CounterRow[] = counterRows<JsonFact>(
  {
    name: 'holdfast_atomic_json_writes_total',
    help: 'Files replaced.',
    kind: 'json.replaced',
    labels: ['durability'],
  },
  {
    name: 'holdfast_atomic_json_written_bytes_total',
    help: 'Bytes of the files replaced, after compression.',
    kind: 'json.replaced',
    amount: 'sizeBytes',
  },
  {
    name: 'holdfast_atomic_json_overtaken_writes_total',
    help: 'Writes dropped because newer content was already in place.',
    kind: 'json.overtaken',
  },
  {
    name: 'holdfast_atomic_json_write_errors_total',
    help: 'Replacements that threw, by code.',
    kind: 'json.write-failed',
    labels: ['code'],
  },
  {
    name: 'holdfast_atomic_json_owner_changes_total',
    help: 'Replacements that could not keep the owner.',
    kind: 'json.owner-changed',
  },
  {
    name: 'holdfast_atomic_json_skipped_generations_total',
    help: 'Files that were replaced without being kept, because they were broken.',
    kind: 'json.generation-skipped',
    labels: ['found'],
  },
  {
    name: 'holdfast_atomic_json_swept_files_total',
    help: 'Temporary files of dead writers removed.',
    kind: 'json.swept',
    amount: 'files',
  },
  {
    name: 'holdfast_atomic_json_corrupt_reads_total',
    help: 'Reads that found a broken file, by what was wrong.',
    kind: 'json.corrupt',
    labels: ['found'],
  },
  {
    name: 'holdfast_atomic_json_aside_errors_total',
    help: 'Bad files that could not be moved aside.',
    kind: 'json.aside-failed',
  },
  {
    name: 'holdfast_atomic_json_recoveries_total',
    help: 'Reads answered from an earlier generation.',
    kind: 'json.recovered',
  },
  {
    name: 'holdfast_atomic_json_defaults_total',
    help: 'Reads answered with the default.',
    kind: 'json.defaulted',
  },
)
