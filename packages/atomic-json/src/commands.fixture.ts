/**
 * A process that does what it is told: one JSON command a line on standard input, one answer a line on
 * standard output. Says `{"ready":true}` first. Ends with its input.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { seededRandom, systemRandom } from '@holdfast/seams'
import type { ReadJsonOptions, ReplaceJsonOptions } from './options.ts'
import { readJsonSync } from './read.ts'
import { replaceJson, replaceJsonSync } from './replace.ts'

export type Command =
  | {
      readonly do: 'replace' | 'replace-sync'
      readonly path: string
      readonly value: unknown
      readonly options?: ReplaceJsonOptions<unknown>
      /** Settles the name of the temporary file, so that it is known before there is one. */
      readonly seed?: string
    }
  | { readonly do: 'read'; readonly path: string; readonly options?: ReadJsonOptions<unknown> }
  /** Replaces for ever, so that it can be killed in the middle. */
  | { readonly do: 'replace-for-ever'; readonly path: string; readonly writer: string }
  /** Puts a broken file in place and then a good one, again and again. */
  | { readonly do: 'break-and-mend'; readonly path: string; readonly times: number }

export interface Answer {
  readonly done?: unknown
  readonly facts?: readonly unknown[]
  readonly code?: string
  readonly message?: string
}

async function carryOut(command: Command, facts: unknown[]): Promise<unknown> {
  const observe = (fact: unknown): void => void facts.push(fact)
  switch (command.do) {
    case 'replace':
    case 'replace-sync': {
      const { path, value, seed } = command
      const random = seed === undefined ? systemRandom : seededRandom(seed)
      const options = { ...command.options, random, observe }
      return command.do === 'replace'
        ? await replaceJson(path, value, options)
        : replaceJsonSync(path, value, options)
    }
    case 'read':
      return readJsonSync(command.path, { ...command.options, observe })
    case 'break-and-mend':
      return breakAndMend(command.path, command.times)
    case 'replace-for-ever':
    default:
      return await replaceForEver(command.path, command.writer)
  }
}

async function replaceForEver(path: string, writer: string): Promise<never> {
  for (let count = 1; ; count += 1) {
    const marks = Array.from({ length: 20 + (count % 7) * 400 }, () => `${writer}:${count}`)
    await replaceJson(path, { writer, count, marks }, { envelope: true })
    if (count === 1) answer({ done: 'the first' })
  }
}

function breakAndMend(path: string, times: number): number {
  for (let count = 1; count <= times; count += 1) {
    writeFileSync(`${path}.broken`, `{"count":${count}`)
    renameSync(`${path}.broken`, path)
    replaceJsonSync(path, { count }, { durability: 'none' })
  }
  return times
}

function answer(line: Answer | { readonly ready: true }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function serve(): Promise<void> {
  answer({ ready: true })
  for await (const line of createInterface({ input: process.stdin })) {
    const facts: unknown[] = []
    try {
      answer({ done: await carryOut(JSON.parse(line) as Command, facts), facts })
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      answer({ code, message, facts })
    }
  }
}

// Imported for its types only, it does nothing.
if (process.argv[1] === import.meta.filename) await serve()
