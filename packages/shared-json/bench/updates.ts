/**
 * What an update costs, and what the lock adds to it. Takes turns between the ways in one run, so that other work on
 * the machine falls on all of them. Writes to a temporary directory, which it removes.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJson, replaceJson } from '@holdfast/atomic-json'
import type { EngineName } from '@holdfast/file-lock'
import { systemClock } from '@holdfast/seams'
import { readSharedJson, updateSharedJson, type UpdateSharedJsonOptions } from '../src/index.ts'

interface Tally {
  readonly count: number
  readonly rest: readonly string[]
}
type Options = UpdateSharedJsonOptions<Tally>

const ROUNDS = 60
const CALLS = 20
const PROCESSES = 4
const CONTENDED_UPDATES = 500
const ENGINES: readonly EngineName[] = ['proper-lockfile', 'direct', 'kernel']
/** About 1 KB of JSON. */
const EMPTY: Tally = { count: 0, rest: Array.from({ length: 64 }, (_, i) => `entry ${100 + i}`) }

const more = (tally: Tally = EMPTY): Tally => ({ ...tally, count: tally.count + 1 })

async function alone(at: string): Promise<void> {
  const ways: { readonly name: string; readonly call: () => Promise<unknown> }[] = []
  for (const durability of ['full', 'atomic'] as const) {
    const path = join(at, `bare ${durability}.json`)
    const bare = async (): Promise<void> => {
      const read = await readJson<Tally>(path)
      await replaceJson(path, more(read.kind === 'ok' ? read.value : undefined), { durability })
    }
    ways.push({ name: `${durability}, read and replace without a lock`, call: bare })
    for (const fenced of [false, true]) {
      for (const engine of ENGINES) {
        const name = `${durability}, ${engine}${fenced ? ', fenced' : ''}`
        const own = join(at, `${name}.json`)
        const options: Options = { durability, engine, fenced }
        ways.push({ name, call: () => updateSharedJson(own, more, options) })
      }
    }
  }
  const times = ways.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, way] of ways.entries()) {
      for (let i = 0; i < CALLS; i += 1) {
        const startMs = systemClock.monotonicMs()
        await way.call()
        times[index]?.push(systemClock.monotonicMs() - startMs)
      }
    }
  }
  const medians = times.map((each) => each.toSorted((a, b) => a - b)[each.length >> 1] ?? 0)
  let bareMs = 1
  for (const [index, { name }] of ways.entries()) {
    const ms = medians[index] ?? 0
    if (name.includes('without')) bareMs = ms
    say(
      name,
      `p50 ${ms.toFixed(3)} ms, ${(1000 / ms).toFixed(0)}/s, ${(ms / bareMs).toFixed(2)} × bare`,
    )
  }
}

async function contended(at: string): Promise<void> {
  for (const durability of ['full', 'atomic'] as const) {
    for (const engine of ENGINES) {
      const path = join(at, `contended ${durability} ${engine}.json`)
      const options: Options = { durability, engine }
      const work = JSON.stringify({ path, options })
      const children = Array.from({ length: PROCESSES }, () => fork(import.meta.filename, [work]))
      await Promise.all(children.map((child) => once(child, 'message')))
      const startMs = systemClock.monotonicMs()
      for (const child of children) child.send('go')
      await Promise.all(children.map((child) => once(child, 'exit')))
      const seconds = (systemClock.monotonicMs() - startMs) / 1000
      const read = await readSharedJson<Tally>(path, options)
      const count = read.kind === 'ok' ? read.value.count : 0
      const updates = PROCESSES * CONTENDED_UPDATES
      say(
        `${PROCESSES} processes, ${durability}, ${engine}`,
        `${(updates / seconds).toFixed(0)}/s, ${updates - count} lost`,
      )
    }
  }
}

/** What each of the contending processes does. */
async function contend(work: string): Promise<void> {
  const { path, options } = JSON.parse(work) as { path: string; options: Options }
  process.send?.('ready')
  await once(process, 'message')
  for (let i = 0; i < CONTENDED_UPDATES; i += 1) await updateSharedJson(path, more, options)
  process.disconnect()
}

const say = (name: string, figures: string): void => {
  process.stdout.write(`${name.padEnd(46)} ${figures}\n`)
}

const [, , work] = process.argv
if (work === undefined) {
  const at = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  try {
    await alone(at)
    await contended(at)
  } finally {
    rmSync(at, { recursive: true })
  }
} else {
  await contend(work)
}
