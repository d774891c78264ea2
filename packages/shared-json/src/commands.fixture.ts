/**
 * A process that does what it is told: one JSON command a line on standard input, one answer a line on
 * standard output. Says `{"ready":true}` first. Ends with its input.
 */
import { createInterface } from 'node:readline'
import { systemClock } from '@holdfast/seams'
import type { UpdateSharedJsonOptions } from './options.ts'
import { readSharedJson } from './read.ts'
import { updateSharedJson } from './update.ts'

/** How far each writer has counted, and all it ever counted, which must agree. */
export interface Ledger {
  readonly counts: Readonly<Record<string, number>>
  /** `<writer>:<count>`, oldest first. */
  readonly entries: readonly string[]
}

interface Order {
  readonly path: string
  readonly options?: UpdateSharedJsonOptions<Ledger>
}

export type Command =
  /** Counts one up, so many times. */
  | (Order & { readonly do: 'add'; readonly writer: string; readonly times: number })
  /** The same until killed, and says each count once its update has resolved. */
  | (Order & { readonly do: 'add-for-ever'; readonly writer: string })
  /** Counts one up, but says `inside` within `stall` and does not leave there before the next line comes. */
  | (Order & { readonly do: 'stall'; readonly writer: string; readonly stall: 'change' | 'schema' })
  /** Adds an entry so long. */
  | (Order & { readonly do: 'add-bytes'; readonly sizeBytes: number })
  /** Reads and checks until it is told that it is enough; says `reading` after the first time. */
  | (Order & { readonly do: 'read-for-ever' })
  | { readonly do: 'enough' }

export interface Answer {
  readonly done?: unknown
  readonly code?: string
  readonly message?: string
}

/** @throws {Error} for a ledger that no order of whole updates can make. */
export function check({ counts, entries }: Ledger): void {
  const next = new Map<string, number>()
  for (const entry of entries) {
    const [writer = '', count] = entry.split(':')
    const expected = (next.get(writer) ?? 0) + 1
    if (Number(count) !== expected) throw new Error(`${entry} came where ${expected} was to come`)
    next.set(writer, expected)
  }
  for (const [writer, count] of Object.entries(counts)) {
    if (next.get(writer) !== count) throw new Error(`${writer} has counted ${count}, not all there`)
  }
}

export function added(
  { counts, entries }: Ledger = { counts: {}, entries: [] },
  writer: string,
): Ledger {
  const count = (counts[writer] ?? 0) + 1
  return { counts: { ...counts, [writer]: count }, entries: [...entries, `${writer}:${count}`] }
}

const inbox = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function carryOut(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'add':
      for (let i = 0; i < command.times; i += 1) await add(command)
      return command.times
    case 'add-for-ever':
      for (;;) answer({ done: (await add(command)).counts[command.writer] })
    case 'stall':
      return await stall(command)
    case 'add-bytes': {
      const entries = ['x'.repeat(command.sizeBytes)]
      const { path, options } = command
      return (await updateSharedJson<Ledger>(path, () => ({ counts: {}, entries }), options)).fence
    }
    case 'read-for-ever':
      return await readForEver(command)
    case 'enough':
    default:
      return null
  }
}

async function add({ path, writer, options }: Order & { writer: string }): Promise<Ledger> {
  return (await updateSharedJson<Ledger>(path, (ledger) => added(ledger, writer), options)).value
}

async function stall(command: Command & { do: 'stall' }): Promise<unknown> {
  const { path, writer } = command
  const wait = async (place: string): Promise<void> => {
    if (place !== command.stall) return
    answer({ done: 'inside' })
    await inbox.next()
  }
  let changed: Ledger | undefined
  const schema: NonNullable<UpdateSharedJsonOptions<Ledger>['schema']> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) => {
        if (changed !== undefined) await wait('schema')
        return { value: value as Ledger }
      },
    },
  }
  const change = async (ledger: Ledger | undefined): Promise<Ledger> => {
    await wait('change')
    return (changed = added(ledger, writer))
  }
  return (await updateSharedJson<Ledger>(path, change, { ...command.options, schema })).fence
}

async function readForEver({ path, options = {} }: Order): Promise<unknown> {
  const race = { isOver: false }
  void inbox.next().then(() => (race.isOver = true))
  let [reads, last] = [0, 0]
  while (!race.isOver) {
    const read = await readSharedJson<Ledger>(path, options)
    const { entries } = read.kind === 'ok' ? read.value : { entries: [] }
    if (read.kind === 'ok') check(read.value)
    if (entries.length < last) throw new Error(`${entries.length} entries after ${last}`)
    last = entries.length
    reads += 1
    if (reads === 1) answer({ done: 'reading' })
    await systemClock.sleep(0)
  }
  return reads
}

function answer(line: Answer | { readonly ready: true }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function serve(): Promise<void> {
  answer({ ready: true })
  for (let next = await inbox.next(); next.done !== true; next = await inbox.next()) {
    try {
      answer({ done: await carryOut(JSON.parse(next.value) as Command) })
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      answer({ code, message })
    }
  }
}

// Imported for its types and its ledger only, it does nothing.
if (process.argv[1] === import.meta.filename) await serve()
